#ifndef TIDEMARK_TRANSPLANT_VERDICT_H
#define TIDEMARK_TRANSPLANT_VERDICT_H

/*
 * How a tool that runs inside another one tells it what became of its work: not by text
 * or exit code, which whatever lies between them may swallow, but by a line in a file
 * that the outer one has to read. The environment names the folders of all outer tools,
 * the innermost first, parted by colons; each has a file VERDICT_LOG.
 *
 * A line is "ID, tab, PID, tab, verdict, tab, path, tab, reason". ID is that of one
 * `tidemark transplant`, which begins with VERDICT_BEGUN; without any VERDICT_DONE after
 * it, nothing was transplanted.
 */
#define VERDICT_FOLDERS_VARIABLE "TIDEMARK_VERDICT_FOLDERS"
#define VERDICT_LOG "verdicts"

#define VERDICT_BEGUN "begun"
#define VERDICT_DONE "transplanted"
#define VERDICT_REFUSED "refused" /* and loaded as it is */
#define VERDICT_MIXED "mixed"     /* its own allocator is at work, too */
#define VERDICT_FAILED "failed"   /* the program was not run */

/* Appends a line to the file in each of `folders`. -errno where one of them lacks it. */
int verdict_tell(const char *folders, const char *id, const char *verdict,
                 const char *path, const char *why);

#endif
