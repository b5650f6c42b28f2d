// SPDX-License-Identifier: Apache-2.0
// Events and who listens for them: the parameters of workflow.note_events(),
// lock_gatherings(), judge(), gather(), correlate() and hand_over().
#include "io/pg_write.h"

enum { ENDED_COLUMNS = 2, BEGUN_COLUMNS = 8 };

size_t pg_write_arrivals(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT2, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_JSON};
  if (!commit->arrival_count) return 0;
  pg_arrays(parameters, types, sizeof types / sizeof *types, commit->arrival_count);
  for (size_t i = 0; i < commit->arrival_count; i++) {
    const struct store_arrival *arrival = &commit->arrivals[i];
    struct buf *to = parameters->values;
    pg_put_int2(to++, arrival->home);
    pg_put_text(to++, arrival->tenant);
    pg_put_text(to++, arrival->type);
    pg_put_text(to++, arrival->source);
    pg_put_text(to++, arrival->id);
    pg_put_text(to++, arrival->subject);
    pg_put_text(to, arrival->event);
  }
  return commit->arrival_count;
}

size_t pg_write_handovers(const struct store_commit *commit, struct pg_parameters *parameters) {
  if (!commit->handing_count) return 0;
  struct buf *homes = pg_array(parameters, PG_INT2, commit->handing_count);
  for (size_t i = 0; i < commit->handing_count; i++) pg_put_int2(homes, commit->handing[i]);
  pg_parameter_int4(parameters, commit->handing_piece);
  return commit->handing_count;
}

static void put_ended(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[ENDED_COLUMNS] = {PG_UUID, PG_INT4};
  pg_arrays(parameters, types, ENDED_COLUMNS, commit->unsubscription_count);
  for (size_t i = 0; i < commit->unsubscription_count; i++) {
    struct buf *to = parameters->values;
    pg_put_uuid(to++, &commit->unsubscriptions[i].run_id);
    pg_put_int4(to, commit->unsubscriptions[i].subscription_no);
  }
}

static void put_begun(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[BEGUN_COLUMNS] = {PG_UUID, PG_INT4, PG_INT2, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_JSON};
  pg_arrays(parameters, types, BEGUN_COLUMNS, commit->subscription_count);
  for (size_t i = 0; i < commit->subscription_count; i++) {
    const struct store_subscription *subscription = &commit->subscriptions[i];
    struct buf *to = parameters->values + ENDED_COLUMNS;
    pg_put_uuid(to++, &subscription->run_id);
    pg_put_int4(to++, subscription->subscription_no);
    pg_put_int2(to++, subscription->filter_no);
    pg_put_text(to++, subscription->tenant);
    pg_put_text(to++, subscription->type);
    pg_put_text(to++, subscription->source);
    pg_put_text(to++, subscription->subject);
    pg_put_text(to, subscription->conditions);
  }
}

size_t pg_write_gathering_locks(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT4, PG_TEXT, PG_TEXT};
  size_t count = commit->gathering_count + commit->verdict_count;
  if (!count) return 0;
  pg_arrays(parameters, types, sizeof types / sizeof *types, commit->gathering_count);
  for (size_t i = 0; i < commit->gathering_count; i++) {
    struct buf *to = parameters->values;
    pg_put_int4(to++, commit->gatherings[i].definition_id);
    pg_put_text(to++, commit->gatherings[i].tenant);
    pg_put_text(to, commit->gatherings[i].shared);
  }
  struct buf *locks = pg_array(parameters, PG_INT4, commit->verdict_count);
  for (size_t i = 0; i < commit->verdict_count; i++) pg_put_int4(locks, commit->verdicts[i].lock);
  return count;
}

size_t pg_write_verdicts(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT2, PG_INT8, PG_INT8, PG_INT4, PG_INT4, PG_TEXT};
  if (!commit->verdict_count) return 0;
  pg_arrays(parameters, types, sizeof types / sizeof *types, commit->verdict_count);
  for (size_t i = 0; i < commit->verdict_count; i++) {
    const struct store_verdict *verdict = &commit->verdicts[i];
    struct buf *to = parameters->values;
    pg_put_int2(to++, verdict->home);
    pg_put_int8(to++, verdict->gathering_no);
    pg_put_int8(to++, verdict->first);
    pg_put_int4(to++, verdict->judged);
    pg_put_int4(to++, verdict->seen);
    pg_put_text(to, verdict->cuts);
  }
  pg_parameter_int8(parameters, commit->gathering_ttl);
  return commit->verdict_count;
}

size_t pg_write_gatherings(const struct store_commit *commit, struct pg_parameters *parameters) {
  static const enum pg_type types[] = {PG_INT2, PG_INT4, PG_TEXT, PG_INT2, PG_INT2, PG_BOOL, PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_JSON, PG_JSON};
  if (!commit->gathering_count) return 0;
  pg_arrays(parameters, types, sizeof types / sizeof *types, commit->gathering_count);
  for (size_t i = 0; i < commit->gathering_count; i++) {
    const struct store_gathering *gathering = &commit->gatherings[i];
    struct buf *to = parameters->values;
    pg_put_int2(to++, gathering->home);
    pg_put_int4(to++, gathering->definition_id);
    pg_put_string(to++, gathering->workflow);
    pg_put_int2(to++, gathering->filter_no);
    pg_put_int2(to++, gathering->filter_count);
    pg_put_bool(to++, gathering->asks);
    pg_put_text(to++, gathering->tenant);
    pg_put_text(to++, gathering->source);
    pg_put_text(to++, gathering->id);
    pg_put_text(to++, gathering->shared);
    pg_put_text(to++, gathering->keys);
    pg_put_text(to, gathering->event);
  }
  pg_parameter_int8(parameters, commit->gathering_ttl);
  pg_parameter_int4(parameters, commit->gathering_most);
  return commit->gathering_count;
}

size_t pg_write_correlation(const struct store_commit *commit, struct pg_parameters *parameters) {
  size_t count = commit->arrival_count + commit->unsubscription_count + commit->subscription_count;
  if (!count) return 0;
  put_ended(commit, parameters);
  put_begun(commit, parameters);
  pg_parameter_int8(parameters, commit->lookback);
  return count;
}
