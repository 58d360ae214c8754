-- pg_dump leaves materialised views without data, and who reads such a one fails. One may read another.
DO $$
DECLARE
	view pg_catalog.regclass;
	again bool := true;
BEGIN
	WHILE again LOOP
		again := false;
		FOR view IN SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relkind = 'm' AND NOT c.relispopulated LOOP
			BEGIN
				EXECUTE pg_catalog.format('REFRESH MATERIALIZED VIEW %s', view);
				again := true;
			EXCEPTION WHEN others THEN
				NULL;
			END;
		END LOOP;
	END LOOP;
END $$
