/// Memory-mapped files that are cut short while they are mapped.
///
/// Touching a page of a mapping that the file no longer has raises SIGBUS, which ends the process. A mapping that is
/// watched is filled up with zeros instead, from that page on, and remembers it: whoever has read from it asks
/// afterwards whether what was read was there. The same goes for pages that the disk cannot read.
///
/// Nothing is done where no signal is raised, so reading costs nothing.
#ifndef CMAPPINGS_H
#define CMAPPINGS_H

#include <stddef.h>

/// A mapping that is watched.
typedef struct cm_watch cm_watch;

/// Watches `bytes` bytes from `start`, the beginning of a page. To be called by any thread; NULL where memory is short,
/// then the mapping is as any other. A mapping that another watch has seen fail has failed for this one too.
///
/// `is_writable` says whether the zeros can be written to.
cm_watch *cm_watch_begin(const void *start, size_t bytes, int is_writable);

/// Watches other memory from now on; what has failed stays so.
void cm_watch_move(cm_watch *watch, const void *start, size_t bytes);

/// Ends it, before the mapping is taken down. NULL is allowed.
void cm_watch_end(cm_watch *watch);

/// Whether pages of the mapping were missing when they were touched.
int cm_watch_has_failed(const cm_watch *watch);

/// How many pages were missing in this process so far; while it does not change, no mapping has failed.
size_t cm_failures(void);

#endif
