/* The reclaimer: its sleep and ring, and its end (DESIGN.md, "The reclaimer").
 *
 * Code: run() with reclaim_tick() and cache_park_quiet(); sleep_until_rung() s1 s2 s3 s4,
 * cache_all_parked() s2; gate_wait() w1 and bell_touch() w2; slice_free() f1 f2;
 * cache_attach() a1 a2; thread_exit() x1 x2 x3; reclaimer_end() e1 e2 e3; reclaimer_consider().
 *
 * Thread 0 has a cache from the start, thread 1 gets one, both work and exit or stay; with
 * -DSLICES the second is one that only frees a run. With -DENDER the second has no
 * cache, somebody ends the reclaimer meanwhile, and it may start again.
 * A thread's store that opens its gate, or makes a slice free, may become visible after its
 * look at the state; a barrier makes it visible. gate.pml has the gate itself: here a taker
 * has a cache in one step, if its thread isn't inside. Back-off is left out; a tick may come
 * at any time.
 *
 * Checked: when nothing else can happen, a reclaimer that sleeps has no work (a gate that isn't
 * parked, a resident free slice, a hole) and some thread has a cache (else the process could
 * not end); reclaimer_end() ends, it joins a thread that is there, and leaves none. */

#ifdef ENDER
#define THREADS 3
#else
#define THREADS 2
#endif

#define NONE 0
#define STARTING 1
#define AWAKE 2
#define SLEEPING 3
#define ENDING 4

#define OPEN 0
#define PARKED 1

byte state = NONE;
bool futex = false; /* the reclaimer sleeps on the state */
bit list_lock = 0;

bit stop[2];
bool idle[2];             /* nobody's */
bool inside[2];
bool changed[2];          /* holds something else than at the last look */
bool cached[2];           /* holds something */
bool late_open[2];        /* a store of OPEN that others don't see yet */
bool resident = false;    /* a free slice has memory */
bool late_resident[3];
bool holes = false;       /* memory between live blocks, resident */
bool news = false;        /* mended form: a thread has come or gone since the last tick */

byte thread = 9;          /* the variable of that name: which instance */
byte instances = 0;
bool gone[2], detached[2];
byte done = 0;

#ifdef NO_BARRIER
#define barrier() skip
#else
inline barrier() {
    d_step {
        if :: late_open[0] -> late_open[0] = false; stop[0] = OPEN :: else -> skip fi;
        if :: late_open[1] -> late_open[1] = false; stop[1] = OPEN :: else -> skip fi;
        if
        :: late_resident[0] || late_resident[1] || late_resident[2] -> resident = true
        :: else -> skip
        fi;
        late_resident[0] = false; late_resident[1] = false; late_resident[2] = false
    }
}
#endif

/* Late stores become visible some time. */
active proctype memory() {
end:
    do
    :: d_step { late_open[0] -> late_open[0] = false; stop[0] = OPEN }
    :: d_step { late_open[1] -> late_open[1] = false; stop[1] = OPEN }
    :: d_step { late_resident[0] -> late_resident[0] = false; resident = true }
    :: d_step { late_resident[1] -> late_resident[1] = false; resident = true }
    :: d_step { late_resident[2] -> late_resident[2] = false; resident = true }
    od
}

/* ---- the reclaimer ---- */

inline look_at(t) {
    if
    :: !idle[t] ->
        d_step { /* a taker's turn; its exchange waits for the owner's */
            if :: late_open[t] -> late_open[t] = false; stop[t] = OPEN :: else -> skip fi;
            attached++;
            if
            :: stop[t] == OPEN ->
                stirred = true;
                if
                :: !inside[t] && !changed[t] -> /* quiet: flushed and parked */
                    if :: cached[t] -> cached[t] = false; holes = true :: else -> skip fi;
                    stop[t] = PARKED
                :: !inside[t] && changed[t] -> changed[t] = false; busy = true
                :: inside[t] -> busy = true
                fi
            :: else -> skip
            fi
        }
    :: else -> skip
    fi
}

inline tick() {
    d_step { list_lock == 0 -> list_lock = 1; attached = 0; stirred = false; busy = false };
    look_at(0);
    look_at(1);
#ifdef TODAY_NEWS
    news = false;
#else
    d_step { stirred = stirred || news; news = false };
#endif
    list_lock = 0;
    quiet = false;
    if
    :: stirred || attached != attached_before -> everything_gone = false
    :: else -> skip
    fi;
    attached_before = attached;
    stirred = false;
    if
    :: !busy && !everything_gone -> /* give_back_to_the_floor() */
        holes = false;
        resident = false;
        everything_gone = true
    :: busy -> skip
    :: !busy && everything_gone && resident ->
        if
        :: resident = false /* unused for long enough */
        :: true
        fi
    :: !busy && everything_gone && !resident -> quiet = true
    fi;
    busy = false
}

inline ring() {
    if
    :: d_step { state == SLEEPING -> state = AWAKE; futex = false }
    :: d_step { state != SLEEPING -> skip }
    fi
}

inline sleep_until_rung() {
    if
#ifdef S1_LATE
    :: state == AWAKE ->
#else
    :: d_step { state == AWAKE -> state = SLEEPING }; /* s1 */
#endif
#ifndef NO_SECOND_LOOK
        d_step { list_lock == 0 -> list_lock = 1 };
s2:     barrier();
        parked = idle[0] || stop[0] == PARKED;
        parked = parked && (idle[1] || stop[1] == PARKED);
#ifndef TODAY_EMPTY
        parked = parked && !(idle[0] && idle[1]);
#endif
#if !defined(TODAY_NEWS) && !defined(NO_NEWS_LOOK)
        parked = parked && !news;
#endif
        list_lock = 0;
#ifndef NO_SLICE_LOOK
s3:     parked = parked && !resident;
#endif
#else
        parked = true;
#endif
#ifdef S1_LATE
        if :: d_step { state == AWAKE -> state = SLEEPING } :: d_step { state != AWAKE -> skip } fi;
#endif
        if
        :: !parked ->
            if
            :: d_step { state == SLEEPING -> state = AWAKE }
            :: d_step { state != SLEEPING -> skip }
            fi
        :: else ->
            do
            :: state == SLEEPING ->
s4:             d_step { futex = (state == SLEEPING) };
end_asleep:     !futex
            :: else -> break
            od
        fi;
        parked = false
    :: d_step { state != AWAKE -> skip }
    fi
}

proctype reclaimer(byte me) {
    byte attached = 0, attached_before = 0;
    bool stirred = false, busy = false, quiet = false, everything_gone = false, parked = false;
    do
    :: true -> /* os_wait() for a tick at most */
        if
        :: state == ENDING -> break
        :: else -> skip
        fi;
progress:
        tick();
        if
        :: d_step { quiet && attached == 0 && state == AWAKE -> state = NONE };
            detached[me] = true;
            break
        :: d_step { !(quiet && attached == 0 && state == AWAKE) -> attached = 0 }
        fi;
        if
        :: quiet -> quiet = false; sleep_until_rung()
        :: else -> skip
        fi
    od;
    gone[me] = true
}

/* ---- threads ---- */

inline wake() {
    if
    :: state == SLEEPING -> ring()
    :: else -> skip
    fi
}

/* cache_enter() */
inline enter() {
    do
    :: d_step { late_open[me] || stop[me] == OPEN -> inside[me] = true }; break
    :: else -> skip;
        /* only takers park: the owner's compare-and-swap can't fail for another reason */
w1:     d_step { stop[me] == PARKED -> late_open[me] = true };
#ifndef NO_RING
w2:     wake()
#endif
    od
}

inline free_slice() {
    skip;
f1: late_resident[me] = true;
f2: wake()
}

inline work() {
    enter();
    /* what a busy thread may leave behind */
    if
    :: changed[me] = true; cached[me] = true
    :: cached[me] = true
    :: holes = true
#ifdef SLICES
    :: free_slice()
#endif
    fi;
    inside[me] = false
}

inline attach() {
    d_step { list_lock == 0 -> list_lock = 1 };
a1: d_step { idle[me] = false; stop[me] = OPEN };
    news = true;
    list_lock = 0;
#ifndef NO_A2
a2: wake()
#endif
}

inline exit() {
    enter();
    skip;
x1: d_step { holes = holes || cached[me]; cached[me] = false; changed[me] = true };
    inside[me] = false;
    d_step { list_lock == 0 -> list_lock = 1 };
x2: d_step { idle[me] = true; news = true };
    list_lock = 0;
#ifndef TODAY_EXIT
x3: wake()
#endif
}

#ifdef ENDER
/* reclaimer_consider() */
inline consider() {
    if
    :: d_step { state == NONE && instances < 2 -> state = STARTING; i = instances; instances++ };
        run reclaimer(i);
        thread = i;
        d_step { assert(state == STARTING); state = AWAKE }
    :: else -> skip
    fi
}
#else
#define consider() skip
#endif

proctype first() {
    byte me = 0, i = 0;
    work();
    consider();
    if
    :: exit()
    :: true
    fi;
    done++
}

proctype second() {
    byte me = 1, i = 0;
#ifndef ENDER
    if
    :: attach();
        work();
        if
        :: exit()
        :: true
        fi
    :: true
    fi;
#endif
    consider();
    done++
}

proctype freer() {
    byte me = 2;
    free_slice();
    done++
}

#ifdef ENDER
proctype ender() {
#ifdef TODAY_END
    ring();
    if
    :: d_step { state == AWAKE -> state = ENDING; futex = false };
        gone[thread];
        d_step { assert(state == ENDING); state = NONE }
    :: d_step { state != AWAKE -> assert(state != SLEEPING) } /* there is a thread still */
    fi;
#else
e1: if
    :: d_step { state == AWAKE || state == SLEEPING -> state = ENDING };
#ifndef END_NO_WAKE
e2:     futex = false;
#endif
        assert(!detached[thread]);
        gone[thread];
e3:     d_step { assert(state == ENDING); state = NONE }
    :: state == NONE -> skip /* nobody to wait for; while it is starting we wait to know */
    fi;
#endif
    done++
}
#endif

active proctype monitor() {
end:
    timeout ->
    assert(done == THREADS);
    if
    :: state == SLEEPING ->
        assert(futex);
        assert(!resident);                               /* free slices to give back */
        assert(idle[0] || stop[0] == PARKED);            /* threads to look at */
        assert(idle[1] || stop[1] == PARKED);
        assert(!holes && !cached[0] && !cached[1]);      /* holes to give back */
        assert(!idle[0] || !idle[1])                     /* the process's end */
    :: else -> skip
    fi
}

init {
    atomic {
        idle[1] = true;
        if
        :: stop[0] = PARKED
        :: stop[0] = OPEN; cached[0] = true
        fi;
        state = AWAKE;
        thread = 0;
        instances = 1;
        run reclaimer(0);
        run first();
#ifdef SLICES
        run freer()
#else
        run second()
#endif
#ifdef ENDER
        ; run ender()
#endif
    }
}
