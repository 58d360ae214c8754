insert into a default values; insert into c default values; insert into d default values; insert into e default values
