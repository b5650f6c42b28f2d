-- How the answers write instants, states and words. All are single expressions, which
-- PostgreSQL takes into the query that uses them, as long as an argument that stands more
-- than once in one is cheap: keep to one place each.

-- Instants, in UTC.
CREATE OR REPLACE FUNCTION workflow_api.at_second(instant timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;
COMMENT ON FUNCTION workflow_api.at_second IS 'An instant as Knock and TrueState write it: 2026-11-22T09:30:00Z';

CREATE OR REPLACE FUNCTION workflow_api.at_milli(instant timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
COMMENT ON FUNCTION workflow_api.at_milli IS 'An instant as DialNexa writes it: 2026-11-22T09:30:00.250Z';

CREATE OR REPLACE FUNCTION workflow_api.at_dotnet(instant timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT rtrim(rtrim(to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'), '0'), '.') || 'Z'
$$;
COMMENT ON FUNCTION workflow_api.at_dotnet IS 'An instant as Leadping writes it, with as much of the second as there is: 2026-11-22T09:30:00.25Z';

CREATE OR REPLACE FUNCTION workflow_api.at_offset(instant timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT to_char(instant AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"')
$$;
COMMENT ON FUNCTION workflow_api.at_offset IS 'An instant as Plannr writes it: 2026-11-22T09:30:00+00:00';

-- States. A run that waits for a worker is at work.
CREATE OR REPLACE FUNCTION workflow_api.run_state(status text, waiting_for text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE status WHEN 'suspended' THEN 'paused' WHEN 'faulted' THEN 'failed'
                     WHEN 'running' THEN CASE WHEN waiting_for IN ('timer', 'event', 'child') THEN 'waiting'
                                              WHEN waiting_for = 'retry' THEN 'retrying' ELSE 'running' END
                     WHEN 'waiting' THEN CASE waiting_for WHEN 'action' THEN 'running' WHEN 'retry' THEN 'retrying' ELSE 'waiting' END
                     ELSE status END
$$;
COMMENT ON FUNCTION workflow_api.run_state IS
  'State of a run in the words of Leadping: pending, running, waiting, retrying, paused, completed, failed or cancelled';

CREATE OR REPLACE FUNCTION workflow_api.step_state(status text, next_retry_at timestamptz) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE status WHEN 'suspended' THEN 'paused' WHEN 'faulted' THEN 'failed'
                     WHEN 'waiting' THEN CASE WHEN next_retry_at IS NULL THEN 'waiting' ELSE 'retrying' END
                     ELSE status END
$$;
COMMENT ON FUNCTION workflow_api.step_state IS
  'State of a step in the words of Leadping: those of a run, and skipped';

CREATE OR REPLACE FUNCTION workflow_api.event_state(type text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE type WHEN 'run.created' THEN 'pending' WHEN 'run.suspended' THEN 'paused' WHEN 'step.waiting' THEN 'waiting' WHEN 'step.listening' THEN 'waiting' WHEN 'event.rejected' THEN 'waiting'
                   WHEN 'step.retry_scheduled' THEN 'retrying' WHEN 'step.skipped' THEN 'skipped'
                   WHEN 'run.completed' THEN 'completed' WHEN 'step.completed' THEN 'completed' WHEN 'action.completed' THEN 'completed'
                   WHEN 'event.emitted' THEN 'completed' WHEN 'action.rehearsed' THEN 'completed' WHEN 'action.late_result' THEN 'completed'
                   WHEN 'run.faulted' THEN 'failed' WHEN 'step.faulted' THEN 'failed' WHEN 'action.failed' THEN 'failed'
                   WHEN 'action.timed_out' THEN 'failed'
                   WHEN 'run.cancelled' THEN 'cancelled' WHEN 'step.cancelled' THEN 'cancelled' WHEN 'action.cancelled' THEN 'cancelled'
                   ELSE 'running' END
$$;
COMMENT ON FUNCTION workflow_api.event_state IS 'State in which an event leaves what it is about, in the words of Leadping';

-- The four words that TrueState and Plannr have for all of these.
CREATE OR REPLACE FUNCTION workflow_api.truestate_state(state text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE state WHEN 'pending' THEN 'NEW' WHEN 'completed' THEN 'FINISHED' WHEN 'skipped' THEN 'FINISHED'
                    WHEN 'failed' THEN 'FAILED' WHEN 'cancelled' THEN 'FAILED' ELSE 'RUNNING' END
$$;
COMMENT ON FUNCTION workflow_api.truestate_state IS 'NEW, RUNNING, FINISHED or FAILED; TrueState has no word for cancelled';

CREATE OR REPLACE FUNCTION workflow_api.plannr_state(state text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE state WHEN 'pending' THEN 'pending' WHEN 'completed' THEN 'completed' WHEN 'failed' THEN 'failed'
                    WHEN 'cancelled' THEN 'cancelled' WHEN 'skipped' THEN 'skipped' ELSE 'in_progress' END
$$;
COMMENT ON FUNCTION workflow_api.plannr_state IS 'pending, in_progress, completed, failed, cancelled or, of a step, skipped';

CREATE OR REPLACE FUNCTION workflow_api.knock_state(state text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE state WHEN 'pending' THEN 'queued' WHEN 'running' THEN 'processing' WHEN 'cancelled' THEN 'cancelled'
                    WHEN 'completed' THEN 'completed' WHEN 'failed' THEN 'completed' ELSE 'paused' END
$$;
COMMENT ON FUNCTION workflow_api.knock_state IS 'queued, processing, paused, completed or cancelled; a failed run is completed, with errors';

-- Words.
CREATE OR REPLACE FUNCTION workflow_api.readable(word text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT upper(left(word, 1)) || translate(substr(word, 2), '_.', '  ')
$$;
COMMENT ON FUNCTION workflow_api.readable IS 'A machine word that has no label, for people: wrong_number, Wrong number';

-- A user is a text, an object is {id, collection}. A run about nobody is about "".
CREATE OR REPLACE FUNCTION workflow_api.knock_party(collection text, id text) RETURNS json
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN collection IS NULL THEN to_json(coalesce(id, ''))
              ELSE ('{"id":' || to_json(coalesce(id, '')) || ',"collection":' || to_json(collection) || '}')::json END
$$;
COMMENT ON FUNCTION workflow_api.knock_party IS 'A recipient or actor as Knock writes it';

-- A container is not a step to people, but that it was skipped is news.
CREATE OR REPLACE FUNCTION workflow_api.is_listed(kind text, status text) RETURNS bool
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT kind NOT IN ('do', 'try', 'for', 'fork') OR status = 'skipped'
$$;
COMMENT ON FUNCTION workflow_api.is_listed IS 'Whether a step stands in the lists of steps';
