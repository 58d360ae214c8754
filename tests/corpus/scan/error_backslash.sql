select 1;
\d t
