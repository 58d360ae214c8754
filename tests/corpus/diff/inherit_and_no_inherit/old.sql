-- Tables that take on a parent, leave one, change it, and lose it.
CREATE TABLE p (id int, e int);
CREATE TABLE joins (id int, x text);
CREATE TABLE leaves (x int) INHERITS (p);
CREATE TABLE leaves_with_less (x int) INHERITS (p);
CREATE TABLE q (id int, f text);
CREATE TABLE changes () INHERITS (p);
CREATE TABLE lost (id int, y int);
CREATE TABLE orphan () INHERITS (lost);
CREATE TABLE orphan_with_less () INHERITS (lost);
CREATE TABLE two_parents () INHERITS (q, p);
