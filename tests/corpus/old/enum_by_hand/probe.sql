insert into t default values; insert into theirs values ('gone');
