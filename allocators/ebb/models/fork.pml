/* fork without handlers before it: the child recovers from any cut (DESIGN.md, "fork").
 *
 * Code: gate_enter() o1 o3, gate_leave() o5, gate_wait(); take() k1 k3, its callers k4, gate_reopen() k5;
 * slab_put() r1 r2; slab_refill() c2 c4 c5; lock_acquire(); the recovery v1 (locks) v2 (caches
 * of the dead) v3 (the forker's) v4 (partial sets).
 *
 * One slab of three blocks; caches of two blocks: 0 the forker's, 1 another thread's, 2 idle,
 * kept from an earlier fork. Threads take and return blocks, one exits, a taker flushes
 * caches. The fork
 * stops the others between any two of their steps (memory is one: the kernel's flush of TLBs
 * waits for stores). The forker forks between two operations, with -DSIGNAL anywhere. The child
 * goes on, then flushes what it inherited and takes all blocks that are left.
 *
 * Checked: no block that the parent's threads held, or the child got, is handed out or in a
 * cache or word; none is there twice; no block in the word is out of the partial set's sight;
 * the child finishes. Blocks may be lost where the design leaks them. */

#define OPEN 0
#define SHUT 1
#define WAITED 2
#define PARKED 3

#ifdef SIGNAL
#define MAY_FORK true
#else
#define MAY_FORK between
#endif

#define BLOCKS 3
#define NOTHING 3
#define BIT(b) (1 << (b))

#ifndef OPERATIONS
#define OPERATIONS 2
#endif

byte w = 0;
bit p = 1, s = 1;
bit class_lock = 0, list_lock = 0;

bit in[3];
byte stop[3];
byte top[3];
byte slot[6]; /* two a cache */

byte holder[BLOCKS]; /* 0: no program, else 1 + thread */
bool forked = false, recovered = false;
bool between = true; /* the forker is outside */

/* ---- recovery ---- */

inline forget(cache) {
    top[cache] = 0
}

inline inherit(cache) { /* of a thread that isn't here */
    if
#ifdef KEEP_IN
    :: stop[cache] == OPEN || stop[cache] == PARKED -> skip
#endif
#ifdef KEEP_SHUT
    :: in[cache] == 0 -> skip
#endif
    :: in[cache] == 0 && (stop[cache] == OPEN || stop[cache] == PARKED) -> skip
    :: else -> forget(cache)
    fi;
    in[cache] = 0;
    stop[cache] = OPEN
}

inline recover() {
    d_step {
        recovered = true;
#ifndef KEEP_LOCKS
        class_lock = 0; list_lock = 0;          /* v1 */
#endif
        inherit(1); inherit(2);                 /* v2 */
        if                                      /* v3 */
        :: stop[0] == SHUT || stop[0] == WAITED ->
#ifndef KEEP_MINE
            if :: in[0] == 0 -> forget(0) :: else -> skip fi;
#endif
            stop[0] = OPEN
        :: else -> skip
        fi;
        if                                      /* v4 */
#ifdef NO_GROUP
        :: false -> skip
#endif
        :: w != 0 ->
#ifndef NO_GROUP
            p = 1;
#endif
#ifndef NO_SUMMARY
            s = 1
#endif
        :: else -> skip
        fi
    }
}

/* Only the forker can find that it is a child. */
inline child_look() {
    if
    :: d_step { me == 0 && forked && !recovered -> skip }; recover()
    :: else -> skip
    fi
}

inline acquire(lock) {
    child_look();
    do
    :: d_step { lock == 0 -> lock = 1 }; break
#if defined(SIGNAL) && !defined(LOOK_ONCE)
    :: d_step { me == 0 && forked && !recovered -> skip }; recover() /* lock_wait() */
#endif
    od
}

/* ---- blocks ---- */

inline put(block) {
    skip;
r1: d_step {
        assert((w & BIT(block)) == 0); /* free twice */
        assert(holder[block] == 0);    /* free, and somebody's */
        old = w;
        w = w | BIT(block)
    };
    if
    :: old == 0 ->
        skip;
r2:     d_step { old = p; p = 1 };
        if
        :: old == 0 -> s = 1
        :: else -> skip
        fi
    :: else -> skip
    fi;
    old = 0
}

/* Pushes a block onto one's own stack. */
inline push(block) {
#ifdef TOP_FIRST
    top[me]++;
    slot[2 * me + top[me] - 1] = block
#else
    slot[2 * me + top[me]] = block;
    top[me]++
#endif
}

inline refill() {
    acquire(class_lock);
    do
    :: s == 1 && p == 1 ->
        if
        :: w != 0 ->
            skip;
c2:         d_step {
                x = ((w & 1) != 0 -> 0 : ((w & 2) != 0 -> 1 : 2));
                w = w & ~BIT(x)
            };
            push(x);
            break
        :: else ->
            skip;
c4:         p = 0;
            s = 0;
            if
            :: p != 0 -> s = 1
            :: else -> skip
            fi;
c5:         if
            :: w != 0 -> p = 1; s = 1
            :: else -> skip
            fi
        fi
    :: s == 1 && p == 0 ->
        s = 0;
        if
        :: p != 0 -> s = 1
        :: else -> skip
        fi
    :: s == 0 -> break
    od;
    x = NOTHING;
    class_lock = 0
}

inline enter() {
    do
    :: true ->
        skip;
o1:     in[me] = 1;
o3:     if
        :: stop[me] == OPEN -> break
        :: else ->
#ifdef LOOK_INSIDE
            child_look();
#endif
            in[me] = 0;
#ifndef LOOK_INSIDE
            child_look();
#endif
            if
            :: d_step { stop[me] == PARKED -> stop[me] = OPEN }
            :: d_step { stop[me] == OPEN -> skip }
            :: d_step { stop[me] == SHUT || stop[me] == WAITED -> stop[me] = WAITED };
                /* a signal's handler ends the sleep, if the fork is in it */
#ifdef RESTARTED
                stop[me] != WAITED
#else
                stop[me] != WAITED || (me == 0 && forked)
#endif
            fi
        fi
    od
}

inline leave() {
    skip;
o5: in[me] = 0
}

inline allocate() {
    enter();
    if
    :: top[me] == 0 -> refill()
    :: else -> skip
    fi;
    if
    :: top[me] > 0 ->
        assert(top[me] > 0); /* still: nobody else is at it */
        x = slot[2 * me + top[me] - 1];
        top[me]--
    :: else -> skip
    fi;
    leave();
    if
    :: x != NOTHING ->
        d_step {
            assert(holder[x] == 0); /* handed out, and somebody's */
            holder[x] = me + 1;
            x = NOTHING
        }
    :: else -> skip
    fi
}

inline release() { /* a block that its program holds, the lowest */
    d_step {
        x = (holder[0] == me + 1 -> 0 : (holder[1] == me + 1 -> 1 : (holder[2] == me + 1 -> 2 : NOTHING)));
        if :: x != NOTHING -> holder[x] = 0 :: else -> skip fi
    };
    if
    :: x != NOTHING ->
        enter();
        if
        :: top[me] == 2 -> /* flush_stack(): the older half */
            put(slot[2 * me]);
            slot[2 * me] = slot[2 * me + 1];
            top[me] = 1
        :: else -> skip
        fi;
        push(x);
        x = NOTHING;
        leave()
    :: else -> skip
    fi
}

/* ---- the taker ---- */

inline flush(cache) {
    i = 0;
    do
    :: i < top[cache] -> put(slot[2 * (cache) + i]); i++
    :: else -> break
    od;
    i = 0;
    top[cache] = 0
}

inline shut(cache) {
    d_step { resume[cache] = stop[cache]; stop[cache] = SHUT }
}

inline take(cache) {
    if
    :: in[cache] == 0 ->
        flush(cache);
        if
        :: resume[cache] = PARKED
        :: true
        fi
    :: else -> skip
    fi;
    stop[cache] = resume[cache]; /* and wakes */
    resume[cache] = 0
}

/* Of a cache that is nobody's. */
inline flush_idle(cache) {
#ifndef IDLE_OPEN
    stop[cache] = SHUT;
#endif
    flush(cache);
    stop[cache] = OPEN
}

proctype taker() {
    byte me = 9, i = 0, old = 0;
    byte resume[2];
    {
        acquire(list_lock);
k1:     shut(0);
        shut(1);
        /* k2 */
        flush_idle(2);
k3:     take(0);
        take(1);
        list_lock = 0
    } unless { forked }
}

proctype other() {
    byte me = 1, x = NOTHING, old = 0, i = 0;
    {
        if
        :: allocate()
        :: release()
        :: true
        fi;
        if
        :: true ->
            enter(); /* thread_exit() */
            flush(1);
            leave()
        :: true
        fi
    } unless { forked }
}

/* ---- the forker, and the child ---- */

#ifdef NEW_THREAD
/* A second thread of the child's that is the first to look: to it the forker's cache is one of
 * a thread that isn't here. */
proctype newcomer() {
    byte me = 8, i = 0, old = 0;
    d_step {
        forked && !recovered -> recovered = true;
        class_lock = 0; list_lock = 0;
        inherit(0); inherit(1); inherit(2)
    };
    acquire(list_lock);
    flush_idle(0);
    list_lock = 0
}
#endif

proctype fork() {
    d_step { MAY_FORK -> forked = true }
}

proctype forker() {
    byte me = 0, x = NOTHING, old = 0, i = 0, operations = 0;
    do
    :: operations < OPERATIONS ->
        d_step { operations++; between = false };
        if
        :: allocate()
        :: release()
        fi;
        between = true
    :: operations == OPERATIONS -> break
    od;
    forked;
    /* ebb_collect() */
    enter();
    flush(0);
    leave();
    acquire(list_lock);
    flush_idle(1);
    flush_idle(2);
    list_lock = 0;
    /* everything that is left */
    i = 0;
    do
    :: i < BLOCKS -> allocate(); i++
    :: else -> break
    od;
    assert(w == 0); /* all of it was found */
    assert(recovered)
}

init {
    atomic {
        slot[0] = 0; top[0] = 1;
        slot[2] = 1; top[1] = 1;
        slot[4] = 2; top[2] = 1;
        run taker(); run other(); run fork(); run forker()
#ifdef NEW_THREAD
        ; run newcomer()
#endif
    }
}
