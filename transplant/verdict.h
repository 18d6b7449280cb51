#ifndef TIDEMARK_TRANSPLANT_VERDICT_H
#define TIDEMARK_TRANSPLANT_VERDICT_H

/*
 * How a tool that runs inside another tool reports the outcome of its work. Text and exit
 * code may get lost in the programs between the two. So the inner tool writes a line into
 * a file that the outer tool has to read. The environment names the folders of all outer
 * tools, the innermost first, separated by colons. Each folder has a file VERDICT_LOG.
 *
 * A line is "ID, tab, PID, tab, verdict, tab, path, tab, reason". ID names one run of
 * `tidemark transplant`, which begins with VERDICT_BEGUN. If no VERDICT_DONE follows,
 * nothing was transplanted.
 */
#define VERDICT_FOLDERS_VARIABLE "TIDEMARK_VERDICT_FOLDERS"
#define VERDICT_LOG "verdicts"

#define VERDICT_BEGUN "begun"
#define VERDICT_DONE "transplanted"
#define VERDICT_REFUSED "refused" /* the library was loaded as it is */
#define VERDICT_MIXED "mixed"     /* the own allocator of the copy is at work, too */
#define VERDICT_FAILED "failed"   /* the program was not run */

/* Appends a line to the file in each of `folders`, also if another folder fails. Returns
 * the first error. -ENOENT means that only folders whose tool has ended got no line. */
int verdict_tell(const char *folders, const char *id, const char *verdict,
                 const char *path, const char *why);

#endif
