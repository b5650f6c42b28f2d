-- Of workflow.takeover(): ends sessions of the former owners of these homes whose program stopped
-- (SIGSTOP, a paused machine) while it was sending a transaction: the server waits for the rest
-- of it, with all locks, for as long as that lasts, since idle_in_transaction_session_timeout does
-- not count there. As long as that setting of the caller is patience enough. What was open is
-- rolled back; the former owner would have been fenced anyway. Only sessions of the
-- caller's own role: others cannot be seen, nor ended.
CREATE OR REPLACE FUNCTION workflow.end_stopped(new_instance text, topics text[], partitions int[]) RETURNS bigint
LANGUAGE sql AS $$
  SELECT count(pg_terminate_backend(a.pid, 1000))
    FROM pg_stat_activity a
   WHERE a.datname = current_database() AND a.usename = current_user AND a.pid <> pg_backend_pid()
     AND a.state = 'active' AND a.wait_event IN ('ClientRead', 'ClientWrite')
     AND a.state_change < clock_timestamp() - nullif(current_setting('idle_in_transaction_session_timeout')::interval, '0')
     AND a.application_name LIKE ANY (ARRAY(
       SELECT 'workflowd/' || h.instance || '/%'
         FROM unnest(topics, partitions) u (topic, partition)
         JOIN workflow.home h ON h.topic = u.topic AND h.partition = u.partition WHERE h.instance <> new_instance))
$$;
COMMENT ON FUNCTION workflow.end_stopped IS 'Ends sessions of former owners that stopped in the middle of a transaction; of takeover()';
REVOKE ALL ON FUNCTION workflow.end_stopped FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.end_stopped TO workflow_daemon;
