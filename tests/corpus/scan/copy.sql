create table t (a text, b text);
COPY t (a, b) FROM stdin;
1;	'unbalanced
\N	$$
\.
copy t from stdin with (format csv) where a <> ';'; -- its data:
"quoted ; ",/*
\\.
 \.
\.
select 1;
copy t to stdout;
copy (select a from t) to stdout;
copy t from 'file';
copy stdin from '/tmp/file';
copy t
from
 stdin;
\.
select 2;
