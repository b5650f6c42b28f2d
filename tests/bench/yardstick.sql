-- SPDX-License-Identifier: Apache-2.0
-- The yardstick's own tables: the facts of simple runs as PostgreSQL alone would keep
-- them. They never follow a change of workflowd's schema, or the ratio would mean nothing.
DROP SCHEMA IF EXISTS yardstick CASCADE;
CREATE SCHEMA yardstick;

CREATE TABLE yardstick.event (
  run_id      uuid NOT NULL,
  seq         int NOT NULL,
  type        smallint NOT NULL,
  attempt     smallint NOT NULL,
  occurred_at timestamptz NOT NULL,
  action_id   uuid,
  step        text,
  data        jsonb NOT NULL,
  PRIMARY KEY (run_id, seq)
);

CREATE TABLE yardstick.run (
  run_id         uuid PRIMARY KEY,
  created_at     timestamptz NOT NULL,
  started_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  ended_at       timestamptz,
  last_seq       int NOT NULL,
  version        int NOT NULL,
  status         smallint NOT NULL,
  priority       smallint NOT NULL,
  attempt        smallint NOT NULL,
  steps          smallint NOT NULL,
  steps_ended    smallint NOT NULL,
  tenant         text NOT NULL,
  workflow       text NOT NULL,
  recipient      text NOT NULL,
  source         text NOT NULL,
  event_id       text NOT NULL UNIQUE,
  correlation_id text NOT NULL,
  error          text,
  data           jsonb NOT NULL
);
CREATE INDEX run_open ON yardstick.run (tenant, updated_at) WHERE status < 10;

CREATE TABLE yardstick.step (
  run_id     uuid NOT NULL,
  step_no    smallint NOT NULL,
  status     smallint NOT NULL,
  attempt    smallint NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at   timestamptz,
  name       text NOT NULL,
  output     jsonb,
  PRIMARY KEY (run_id, step_no)
);

CREATE TABLE yardstick.action (
  action_id    uuid PRIMARY KEY,
  run_id       uuid NOT NULL,
  step_no      smallint NOT NULL,
  status       smallint NOT NULL,
  attempt      smallint NOT NULL,
  requested_at timestamptz NOT NULL,
  ended_at     timestamptz,
  function     text NOT NULL,
  output       jsonb
);
