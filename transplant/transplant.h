#ifndef TIDEMARK_TRANSPLANT_TRANSPLANT_H
#define TIDEMARK_TRANSPLANT_TRANSPLANT_H

/*
 * What the preloaded library and `tidemark transplant` agree on: a folder, by the
 * environment, in which the library keeps the patched copies of a process and to whose
 * TRANSPLANT_LOG it appends a line for each library that it looked at: "PID, tab,
 * verdict, tab, path, tab, reason". The folder lasts as long as the program.
 */
#define TRANSPLANT_FOLDER_VARIABLE "TIDEMARK_TRANSPLANT_FOLDER"
#define TRANSPLANT_LOG "log"

#define TRANSPLANT_DONE "transplanted"
#define TRANSPLANT_REFUSED "refused"

#endif
