-- since: 180000
-- grants: on
SELECT 1;
