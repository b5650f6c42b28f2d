// SPDX-License-Identifier: Apache-2.0
#include "kafka_fixture.h"

#include "io/kafka_source.h"

enum { SEEN_MAX = 4096 };

struct seen {
  char topic[32];
  int32_t partition;
  int64_t offset;
  char value[32];
  char key[32];
  usec_t timestamp;
  size_t header_count;
};

struct owner {
  struct cluster cluster;
  struct event_base *base;
  struct kafka_source *source;
  int generation;
  int assignments, revocations, gaps, failures, reachable_calls;
  char cluster_id[64];
  struct kafka_partition partitions[16];
  size_t partition_count;
  bool starts_at_once, is_reachable, keeps_revoked;
  int64_t start_offset;
  struct seen *seen;
  size_t seen_count;
  size_t wanted_until; // stops wanting at that many
  struct kafka_gap gap;
  const struct kafka_source_events *events;
};

static void start(struct owner *owner) {
  for (size_t i = 0; i < owner->partition_count; i++) owner->partitions[i].offset = owner->start_offset;
  assert_int_equal(kafka_source_start(owner->source, owner->generation, owner->partitions, owner->partition_count), 0);
}

static void on_assigned(void *context, int generation, const char *cluster_id, const struct kafka_partition *partitions,
                        size_t count) {
  struct owner *owner = context;
  owner->assignments++;
  owner->generation = generation;
  snprintf(owner->cluster_id, sizeof owner->cluster_id, "%s", cluster_id);
  assert_true(count <= 16);
  for (size_t i = 0; i < owner->partition_count; i++) free((char *)(uintptr_t)owner->partitions[i].topic);
  owner->partition_count = count;
  for (size_t i = 0; i < count; i++)
    owner->partitions[i] = (struct kafka_partition){strdup(partitions[i].topic), partitions[i].partition, 0};
  if (owner->starts_at_once) start(owner);
}

static bool on_revoked(void *context, bool lost) {
  struct owner *owner = context;
  (void)lost;
  owner->revocations++;
  return !owner->keeps_revoked;
}

static void on_record(void *context, int generation, const struct record *record) {
  struct owner *owner = context;
  assert_int_equal(generation, owner->generation);
  assert_true(owner->seen_count < SEEN_MAX);
  struct seen *seen = &owner->seen[owner->seen_count++];
  snprintf(seen->topic, sizeof seen->topic, "%s", record->topic);
  seen->partition = record->partition;
  seen->offset = record->offset;
  seen->timestamp = record->timestamp;
  seen->header_count = record->header_count;
  snprintf(seen->key, sizeof seen->key, "%.*s", (int)record->key_size, record->key ? (const char *)record->key : "");
  snprintf(seen->value, sizeof seen->value, "%.*s", (int)record->value_size, (const char *)record->value);
  if (owner->wanted_until && owner->seen_count >= owner->wanted_until) kafka_source_want(owner->source, record->topic, false);
}

static void on_gap(void *context, const struct kafka_gap *gap) {
  struct owner *owner = context;
  owner->gaps++;
  owner->gap = *gap;
}

static void on_reachable(void *context, bool reachable, const char *text) {
  struct owner *owner = context;
  assert_non_null(text);
  owner->reachable_calls++;
  owner->is_reachable = reachable;
}

static void on_failed(void *context, bool fatal, const char *text) {
  struct owner *owner = context;
  assert_false(fatal);
  assert_non_null(text);
  owner->failures++;
}

static const struct kafka_source_events events = {on_assigned, on_revoked, on_record, on_gap, on_reachable, on_failed};

static int setup(void **state) {
  struct owner *owner = calloc(1, sizeof *owner);
  owner->cluster = cluster_start();
  owner->base = event_base_new();
  owner->seen = calloc(SEEN_MAX, sizeof *owner->seen);
  owner->starts_at_once = true;
  owner->start_offset = -1;
  *state = owner;
  return 0;
}

static int teardown(void **state) {
  struct owner *owner = *state;
  kafka_source_free(owner->source, 2 * USEC_PER_SEC);
  event_base_free(owner->base);
  cluster_stop(&owner->cluster);
  for (size_t i = 0; i < owner->partition_count; i++) free((char *)(uintptr_t)owner->partitions[i].topic);
  free(owner->seen);
  free(owner);
  return 0;
}

static void open_topics(struct owner *owner, const char *const *topics, size_t count, bool by_hand) {
  const struct kafka_property properties[] = {{"bootstrap.servers", owner->cluster.bootstrap},
                                              {"fetch.wait.max.ms", "1"},
                                              {"linger.ms", "0"},
                                              {"group.id", "g"},
                                              {"session.timeout.ms", "6000"}};
  struct kafka_source_config config = {
      .properties = properties, .property_count = 5, .topics = topics, .topic_count = count, .by_hand = by_hand};
  char *error = NULL;
  if (kafka_source_new(owner->base, &config, owner->events ? owner->events : &events, owner, &owner->source, &error) <
      0)
    fail_msg("%s", error);
}

static void open_source(struct owner *owner, const char *topic, bool by_hand) { open_topics(owner, &topic, 1, by_hand); }

static void test_a_wrong_property_is_named(void **state) {
  struct owner *owner = *state;
  const char *topic = "t";
  const struct kafka_property wrong[][1] = {{{"no.such.property", "1"}},
                                            {{"session.timeout.ms", "soon"}},
                                            {{"enable.auto.commit", "true"}},
                                            {{"auto.offset.reset", "earliest"}}};
  for (size_t i = 0; i < 4; i++) {
    struct kafka_source_config config = {
        .properties = wrong[i], .property_count = 1, .topics = &topic, .topic_count = 1};
    char *error = NULL;
    assert_int_equal(kafka_source_new(owner->base, &config, &events, owner, &owner->source, &error), -WF_EINVAL);
    assert_non_null(strstr(error, wrong[i][0].name));
    free(error);
    assert_null(owner->source);
  }
}

static void test_reads_every_partition_by_hand(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "t", 3);
  for (int32_t p = 0; p < 3; p++) cluster_produce(&owner->cluster, "t", p, "k", "v");
  open_source(owner, "t", true);
  spin_until(owner->base, owner->seen_count == 3);
  assert_int_equal(owner->assignments, 1);
  assert_int_equal(owner->partition_count, 3);
  assert_true(strlen(owner->cluster_id) > 0);
  assert_string_equal(owner->seen[0].topic, "t");
  assert_string_equal(owner->seen[0].key, "k");
  assert_string_equal(owner->seen[0].value, "v");
  assert_int_equal(owner->seen[0].header_count, 1);
  assert_true(owner->seen[0].timestamp > 1600000000 * USEC_PER_SEC);
  cluster_produce(&owner->cluster, "t", 2, NULL, "later"); // wakes the loop
  spin_until(owner->base, owner->seen_count == 4);
  assert_string_equal(owner->seen[3].value, "later");
  assert_int_equal(owner->seen[3].offset, 1);
}

static void test_starts_where_the_owner_says(void **state) {
  struct owner *owner = *state;
  char value[8];
  cluster_topic(&owner->cluster, "t", 1);
  for (int i = 0; i < 10; i++)
    snprintf(value, sizeof value, "v%d", i), cluster_produce(&owner->cluster, "t", 0, "k", value);
  owner->start_offset = 7;
  open_source(owner, "t", true);
  spin_until(owner->base, owner->seen_count == 3);
  assert_string_equal(owner->seen[0].value, "v7");
  owner->start_offset = 5; // and again from elsewhere, as after a take-over
  start(owner);
  spin_until(owner->base, owner->seen_count == 8);
  assert_string_equal(owner->seen[3].value, "v5");
}

static void test_the_end_of_a_partition_is_known_once_it_is_read(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "t", 2);
  for (int i = 0; i < 5; i++) cluster_produce(&owner->cluster, "t", 1, "k", "v");
  owner->start_offset = 3;
  open_source(owner, "t", true);
  assert_int_equal(kafka_source_end(owner->source, "t", 1), -1);
  spin_until(owner->base, owner->seen_count == 2 && kafka_source_end(owner->source, "t", 0) == 0);
  assert_int_equal(kafka_source_end(owner->source, "t", 1), 5);
  assert_int_equal(kafka_source_end(owner->source, "t", 2), -1); // there is no such partition
  cluster_produce(&owner->cluster, "t", 1, "k", "v");
  spin_until(owner->base, owner->seen_count == 3);
  assert_int_equal(kafka_source_end(owner->source, "t", 1), 6);
}

static void start_with_what_was_given(void *context, int generation, const char *cluster_id,
                                      const struct kafka_partition *partitions, size_t count) {
  struct owner *owner = context;
  assert_non_null(cluster_id);
  owner->generation = generation;
  assert_int_equal(kafka_source_start(owner->source, generation, partitions, count), 0);
}

static void test_starts_with_the_very_list_that_was_given(void **state) {
  static const struct kafka_source_events at_once = {
      start_with_what_was_given, on_revoked, on_record, on_gap, on_reachable, on_failed};
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "t", 3);
  cluster_produce(&owner->cluster, "t", 2, "k", "v");
  owner->events = &at_once;
  open_source(owner, "t", true);
  spin_until(owner->base, owner->seen_count == 1);
}

static void test_nothing_is_read_before_the_start(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "t", 1);
  cluster_produce(&owner->cluster, "t", 0, "k", "v");
  owner->starts_at_once = false;
  open_source(owner, "t", true);
  spin_until(owner->base, owner->assignments == 1);
  spin_for(owner->base, 200000);
  assert_int_equal(owner->seen_count, 0);
  assert_int_equal(kafka_source_start(owner->source, owner->generation - 1, owner->partitions, 1), -WF_ECONFLICT);
  start(owner);
  spin_until(owner->base, owner->seen_count == 1);
}

static void test_back_pressure(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "t", 1);
  for (int i = 0; i < 20; i++) cluster_produce(&owner->cluster, "t", 0, "k", "v");
  owner->wanted_until = 5;
  open_source(owner, "t", true);
  spin_until(owner->base, owner->seen_count == 5);
  spin_for(owner->base, 1300000); // past a tick
  assert_int_equal(owner->seen_count, 5);
  owner->wanted_until = 0;
  kafka_source_want(owner->source, "t", true);
  spin_until(owner->base, owner->seen_count == 20);
  for (size_t i = 0; i < 20; i++) assert_int_equal(owner->seen[i].offset, i);
}

// A topic that is held back keeps nothing else waiting, over a new assignment too.
static void test_other_topics_go_on(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "a", 2);
  cluster_topic(&owner->cluster, "b", 2);
  for (int i = 0; i < 20; i++) cluster_produce(&owner->cluster, "a", i % 2, "k", "v");
  open_topics(owner, (const char *const[]){"a", "b"}, 2, true);
  kafka_source_want(owner->source, "a", false);
  spin_until(owner->base, owner->partition_count == 4);
  start(owner);
  for (int i = 0; i < 20; i++) cluster_produce(&owner->cluster, "b", i % 2, "k", "v");
  spin_until(owner->base, owner->seen_count == 20);
  for (size_t i = 0; i < 20; i++) assert_string_equal(owner->seen[i].topic, "b");
  kafka_source_want(owner->source, "a", true);
  spin_until(owner->base, owner->seen_count == 40);
}

// One partition with much to read does not keep the others waiting.
static void test_partitions_take_turns(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "t", 2);
  for (int i = 0; i < 500; i++) cluster_produce(&owner->cluster, "t", 0, "k", "v");
  for (int i = 0; i < 10; i++) cluster_produce(&owner->cluster, "t", 1, "k", "v");
  open_source(owner, "t", true);
  spin_until(owner->base, owner->seen_count == 510);
  size_t last = 0;
  for (size_t i = 0; i < 510; i++)
    if (owner->seen[i].partition == 1) last = i;
  assert_true(last < 475);
}

static void test_an_offset_that_is_not_there_is_a_gap(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "t", 2);
  for (int i = 0; i < 3; i++) cluster_produce(&owner->cluster, "t", 0, "k", "v");
  owner->start_offset = 1000;
  open_source(owner, "t", true);
  spin_until(owner->base, owner->gaps >= 2);
  assert_int_equal(owner->gap.wanted, 1000);
  spin_for(owner->base, 1300000); // said once
  assert_int_equal(owner->gaps, 2);
  assert_int_equal(owner->seen_count, 0);
  kafka_source_seek(owner->source, "t", 0, 1);
  spin_until(owner->base, owner->seen_count == 2);
  assert_int_equal(owner->seen[0].offset, 1);
}

static void test_gap_names_what_there_is(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "t", 1);
  for (int i = 0; i < 3; i++) cluster_produce(&owner->cluster, "t", 0, "k", "v");
  owner->start_offset = 50;
  open_source(owner, "t", true);
  spin_until(owner->base, owner->gaps == 1);
  assert_string_equal(owner->gap.topic, "t");
  assert_int_equal(owner->gap.partition, 0);
  assert_int_equal(owner->gap.low, 0);
  assert_int_equal(owner->gap.high, 3);
}

static void test_group_gives_and_takes(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "t", 2);
  cluster_produce(&owner->cluster, "t", 0, "k", "v");
  open_source(owner, "t", false);
  spin_until(owner->base, owner->seen_count == 1);
  assert_int_equal(owner->assignments, 1);
  assert_int_equal(owner->partition_count, 2);
  struct owner other = {.base = owner->base, .cluster = owner->cluster, .start_offset = -1, .starts_at_once = true};
  other.seen = calloc(SEEN_MAX, sizeof *other.seen);
  owner->keeps_revoked = true;
  open_source(&other, "t", false);
  spin_until(owner->base, owner->revocations == 1);
  assert_int_equal(other.assignments, 0); // the first one holds on
  assert_int_equal(kafka_source_start(owner->source, owner->generation, owner->partitions, 1), -WF_ECONFLICT);
  owner->keeps_revoked = false;
  kafka_source_release(owner->source);
  spin_until(owner->base, owner->partition_count == 1 && other.partition_count == 1); // after one rebalance or two
  kafka_source_commit(owner->source, owner->partitions, 1);
  kafka_source_free(other.source, 2 * USEC_PER_SEC);
  for (size_t i = 0; i < other.partition_count; i++) free((char *)(uintptr_t)other.partitions[i].topic);
  free(other.seen);
  spin_until(owner->base, owner->partition_count == 2); // it left; all are ours again
}

static void test_says_once_when_brokers_go_and_come(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "t", 1);
  open_source(owner, "t", true);
  spin_until(owner->base, owner->assignments == 1);
  assert_int_equal(rd_kafka_mock_broker_set_down(owner->cluster.mock, 1), 0);
  spin_until(owner->base, owner->reachable_calls == 1);
  assert_false(owner->is_reachable);
  assert_int_equal(rd_kafka_mock_broker_set_up(owner->cluster.mock, 1), 0);
  spin_until(owner->base, owner->is_reachable);
  assert_int_equal(owner->reachable_calls, 2);
  cluster_produce(&owner->cluster, "t", 0, "k", "after");
  spin_until(owner->base, owner->seen_count == 1);
}

static void test_waits_for_brokers_that_are_not_there_yet(void **state) {
  struct owner *owner = *state;
  cluster_topic(&owner->cluster, "t", 1);
  assert_int_equal(rd_kafka_mock_broker_set_down(owner->cluster.mock, 1), 0);
  open_source(owner, "t", true);
  spin_until(owner->base, owner->reachable_calls == 1);
  assert_int_equal(owner->assignments, 0);
  assert_int_equal(rd_kafka_mock_broker_set_up(owner->cluster.mock, 1), 0);
  spin_until(owner->base, owner->assignments == 1);
}

#define kafka_case(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      kafka_case(test_a_wrong_property_is_named),
      kafka_case(test_reads_every_partition_by_hand),
      kafka_case(test_starts_where_the_owner_says),
      kafka_case(test_the_end_of_a_partition_is_known_once_it_is_read),
      kafka_case(test_starts_with_the_very_list_that_was_given),
      kafka_case(test_nothing_is_read_before_the_start),
      kafka_case(test_back_pressure),
      kafka_case(test_other_topics_go_on),
      kafka_case(test_partitions_take_turns),
      kafka_case(test_an_offset_that_is_not_there_is_a_gap),
      kafka_case(test_gap_names_what_there_is),
      kafka_case(test_group_gives_and_takes),
      kafka_case(test_says_once_when_brokers_go_and_come),
      kafka_case(test_waits_for_brokers_that_are_not_there_yet),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
