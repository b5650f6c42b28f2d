-- Words of the five products for what the engine calls by its own: three small tables, the
-- same in every installation but for rows that operators add (a type of their own, another
-- label). Every migrate puts its own rows back.
CREATE TABLE IF NOT EXISTS workflow_api.word (
  type          text PRIMARY KEY,
  knock         text NOT NULL,
  knock_channel text,
  leadping      text NOT NULL,
  dialnexa      text NOT NULL,
  truestate     text NOT NULL
);
COMMENT ON TABLE workflow_api.word IS 'What a type of task is called by each product; a type without a row goes by the row of its kind';
COMMENT ON COLUMN workflow_api.word.type IS 'workflow.task.type, or a kind of task for all its types that have no row';
COMMENT ON COLUMN workflow_api.word.knock IS 'step_type of Knock''s events';
COMMENT ON COLUMN workflow_api.word.knock_channel IS 'channel_type in the data of message_enqueued; NULL = no channel';
COMMENT ON COLUMN workflow_api.word.leadping IS 'actionType of Leadping''s actions';
COMMENT ON COLUMN workflow_api.word.dialnexa IS 'node_type of DialNexa''s history: VOICE_CALL, TIME, CONDITIONAL, APPLICATION, CONVERTED or DROPPED';
COMMENT ON COLUMN workflow_api.word.truestate IS 'step_type of TrueState''s steps';

INSERT INTO workflow_api.word AS w VALUES
  ('voice_call',   'channel',          'voice',       'voice',                 'VOICE_CALL',  'VOICE_CALL'),
  ('sms',          'channel',          'sms',         'sms',                   'APPLICATION', 'SMS'),
  ('email',        'channel',          'email',       'email',                 'APPLICATION', 'EMAIL'),
  ('push',         'channel',          'push',        'push',                  'APPLICATION', 'PUSH'),
  ('chat',         'channel',          'chat',        'chat',                  'APPLICATION', 'CHAT'),
  ('message',      'channel',          'chat',        'message',               'APPLICATION', 'MESSAGE'),
  ('notification', 'channel',          'in_app_feed', 'internal_notification', 'APPLICATION', 'NOTIFICATION'),
  ('webhook',      'channel',          'http',        'webhook',               'APPLICATION', 'WEBHOOK'),
  ('http',         'http_fetch',       NULL,          'http',                  'APPLICATION', 'HTTP'),
  ('delay',        'delay',            NULL,          'delay',                 'TIME',        'DELAY'),
  ('branch',       'branch',           NULL,          'condition',             'CONDITIONAL', 'BRANCH'),
  ('prompt',       'ai_agent',         NULL,          'prompt',                'APPLICATION', 'PROMPT'),
  ('converted',    'update_data',      NULL,          'converted',             'CONVERTED',   'CONVERTED'),
  ('dropped',      'update_data',      NULL,          'dropped',               'DROPPED',     'DROPPED'),
  ('batch',        'batch',            NULL,          'batch',                 'TIME',        'BATCH'),
  ('throttle',     'throttle',         NULL,          'throttle',              'CONDITIONAL', 'THROTTLE'),
  ('call',         'function',         NULL,          'function',              'APPLICATION', 'FUNCTION'),
  ('do',           'group',            NULL,          'group',                 'APPLICATION', 'GROUP'),
  ('try',          'group',            NULL,          'group',                 'APPLICATION', 'GROUP'),
  ('for',          'group',            NULL,          'group',                 'APPLICATION', 'GROUP'),
  ('fork',         'group',            NULL,          'group',                 'APPLICATION', 'GROUP'),
  ('set',          'update_data',      NULL,          'set_data',              'APPLICATION', 'SET'),
  ('switch',       'branch',           NULL,          'condition',             'CONDITIONAL', 'BRANCH'),
  ('wait',         'delay',            NULL,          'delay',                 'TIME',        'DELAY'),
  ('raise',        'error',            NULL,          'error',                 'APPLICATION', 'ERROR'),
  ('emit',         'event',            NULL,          'event',                 'APPLICATION', 'EVENT'),
  ('listen',       'wait_for_event',   NULL,          'wait_for_event',        'TIME',        'WAIT_FOR_EVENT'),
  ('run',          'trigger_workflow', NULL,          'workflow',              'APPLICATION', 'WORKFLOW')
ON CONFLICT (type) DO UPDATE
   SET knock = excluded.knock, knock_channel = excluded.knock_channel, leadping = excluded.leadping,
       dialnexa = excluded.dialnexa, truestate = excluded.truestate
 WHERE w IS DISTINCT FROM excluded;

CREATE TABLE IF NOT EXISTS workflow_api.label (
  kind  text NOT NULL,
  word  text NOT NULL,
  label text NOT NULL,
  PRIMARY KEY (kind, word)
);
COMMENT ON TABLE workflow_api.label IS 'What machine words are called for people; a word without a row is shown with its underscores as spaces';
COMMENT ON COLUMN workflow_api.label.kind IS 'Kind of word: status, trigger, action, skip or event';
COMMENT ON COLUMN workflow_api.label.word IS 'The machine word';
COMMENT ON COLUMN workflow_api.label.label IS 'The same for people';

INSERT INTO workflow_api.label AS l VALUES
  ('status', 'pending', 'Pending'),
  ('status', 'running', 'Running'),
  ('status', 'waiting', 'Waiting'),
  ('status', 'retrying', 'Waiting to retry'),
  ('status', 'paused', 'Paused'),
  ('status', 'completed', 'Completed'),
  ('status', 'failed', 'Failed'),
  ('status', 'cancelled', 'Cancelled'),
  ('status', 'skipped', 'Skipped'),
  ('trigger', 'api', 'Started by API'),
  ('trigger', 'audience', 'Joined an audience'),
  ('trigger', 'schedule', 'Started by schedule'),
  ('trigger', 'broadcast', 'Started by a broadcast'),
  ('trigger', 'workflow_step', 'Started by another workflow'),
  ('trigger', 'integration', 'Started by an integration'),
  ('trigger', 'rehearsal', 'Rehearsal'),
  ('action', 'voice', 'Voice call'),
  ('action', 'sms', 'SMS'),
  ('action', 'email', 'Email'),
  ('action', 'push', 'Push notification'),
  ('action', 'chat', 'Chat message'),
  ('action', 'message', 'Message'),
  ('action', 'internal_notification', 'Internal notification'),
  ('action', 'webhook', 'Webhook'),
  ('action', 'http', 'HTTP request'),
  ('action', 'delay', 'Delay'),
  ('action', 'condition', 'Condition'),
  ('action', 'prompt', 'AI prompt'),
  ('action', 'converted', 'Mark as converted'),
  ('action', 'dropped', 'Mark as dropped'),
  ('action', 'function', 'Action'),
  ('action', 'set_data', 'Set data'),
  ('skip', 'condition', 'Condition not met'),
  ('event', 'run.created', 'Run created'),
  ('event', 'run.started', 'Run started'),
  ('event', 'run.suspended', 'Run paused'),
  ('event', 'run.resumed', 'Run resumed'),
  ('event', 'run.retried', 'Run tried again'),
  ('event', 'run.woken', 'Wait ended early'),
  ('event', 'run.cancelled', 'Run cancelled'),
  ('event', 'run.faulted', 'Run failed'),
  ('event', 'run.completed', 'Run completed'),
  ('event', 'run.yielded', 'Run goes on shortly'),
  ('event', 'step.started', 'Step started'),
  ('event', 'step.waiting', 'Step waits'),
  ('event', 'step.iterated', 'Turn of a loop begins'),
  ('event', 'step.retry_scheduled', 'Retry scheduled'),
  ('event', 'step.retried', 'Tried again'),
  ('event', 'step.caught', 'Error handled'),
  ('event', 'step.completed', 'Step completed'),
  ('event', 'step.skipped', 'Step skipped'),
  ('event', 'step.faulted', 'Step failed'),
  ('event', 'step.cancelled', 'Step cancelled'),
  ('event', 'action.requested', 'Action requested'),
  ('event', 'action.completed', 'Action completed'),
  ('event', 'action.rehearsed', 'Action rehearsed'),
  ('event', 'action.failed', 'Action failed'),
  ('event', 'action.timed_out', 'Action timed out'),
  ('event', 'action.cancelled', 'Action cancelled'),
  ('event', 'action.late_result', 'Result came too late'),
  ('event', 'event.emitted', 'Event sent'),
  ('event', 'step.listening', 'Step waits for events'),
  ('event', 'event.matched', 'Event received'),
  ('event', 'event.rejected', 'Event did not match'),
  ('event', 'event.taken', 'Event being dealt with'),
  ('event', 'event.handled', 'Event dealt with')
ON CONFLICT (kind, word) DO UPDATE SET label = excluded.label WHERE l.label IS DISTINCT FROM excluded.label;
