/* version: which program this is. */
#ifndef CMD_VERSION_H
#define CMD_VERSION_H

/* The version, the commit, and the libraries: those linked, or those found where it runs. */
void version_print(void);

#endif
