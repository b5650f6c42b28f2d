-- An owner's word that it is well: either it has held these homes for a while, and no
-- unclean end before it counts any more; or it gives them back, and its own end will not
-- count. What it had announced is taken back in both cases. Homes that have another owner
-- by now are left as they are.
CREATE OR REPLACE FUNCTION workflow.settle(homes smallint[], epochs bigint[], my_instance text, gives_back bool)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  UPDATE workflow.home h
     SET unclean_ends = CASE WHEN gives_back THEN h.unclean_ends ELSE 0 END,
         instance = CASE WHEN gives_back THEN NULL ELSE h.instance END
    FROM unnest(homes, epochs) AS u (home, epoch)
   WHERE h.home = u.home AND h.epoch = u.epoch AND h.instance = my_instance;
  DELETE FROM workflow.announcement a WHERE a.home = ANY (homes) AND a.instance = my_instance;
END $$;
COMMENT ON FUNCTION workflow.settle IS 'The owner has held these homes for a while, or gives them back';
REVOKE ALL ON FUNCTION workflow.settle FROM PUBLIC;
GRANT EXECUTE ON FUNCTION workflow.settle TO workflow_daemon;
