select 1; /* /* */
