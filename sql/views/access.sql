-- Rights on the views; what they show is held by the rights on the tables beneath.
GRANT SELECT ON workflow.triggers, workflow.runs, workflow.steps, workflow.actions, workflow.events,
  workflow.timeline, workflow.waits, workflow.run_status, workflow.schedules TO workflow_reader, workflow_admin, workflow_daemon;
GRANT SELECT ON workflow.stuck TO workflow_admin, workflow_daemon;
GRANT SELECT ON workflow.event_candidate TO workflow_admin;
GRANT SELECT ON workflow.quarantined TO workflow_admin;
