#include "process.h"

#include "os.h"

static struct process before_the_page = {.state = PROCESS_READY};
_Atomic(struct process *) process = &before_the_page;

void process_init(void) {
    struct process *expected = &before_the_page;
    void *page;
    if (load_relaxed(&process) != expected || os_map_wiped_on_fork(&page) != 0)
        return;
    struct process *made = page;
    store_relaxed(&made->pid, os_pid());
    store_relaxed(&made->state, PROCESS_READY);
    /* The release publishes the state, which process_is_known() reads by the pointer. */
    if (!cas_acq_rel(&process, &expected, made))
        os_unmap(page, os_page_size()); /* another thread was first */
}
