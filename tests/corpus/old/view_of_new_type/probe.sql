insert into t (status) values ('1'); select * from t
