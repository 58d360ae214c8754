/* change: what upgrade and downgrade have in common. */
#ifndef CMD_CHANGE_H
#define CMD_CHANGE_H

#include "cmd/command.h"

/* Runs the change to the command's argument, or prints its SQL with --sql. */
bool change_command(struct context *context, enum direction direction, struct error *err);

#endif
