select $a$ b;
$b$;