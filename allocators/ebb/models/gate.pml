/* The takeover gate (DESIGN.md, "The takeover gate").
 *
 * Code: gate_enter() o1 o2 o3, gate_leave() o5, gate_wait(); take() k1 k2 k3, gate_reopen() k5. o4 and k4 change the bins.
 *
 * One owner with a few operations, and takers one after the other (the list's lock), which
 * leave the gate as it was or PARKED. Memory is weak: the owner's stores wait in a buffer, the
 * taker's stores to the bins, too. On x86 they become visible in program order; with -DARM in
 * any order, except that a release waits for what is before it. What a reader without acquire
 * sees may have been read earlier. A read-modify-write on x86 empties the buffer first.
 * membarrier empties the owner's. The bins are a number that each side increments.
 *
 * Checked: never both inside; each side sees the other's last change of the bins; nobody sleeps
 * for ever (an invalid end state otherwise). */

#define OPEN 0
#define SHUT 1
#define WAITED 2
#define PARKED 3

#ifndef OPERATIONS
#define OPERATIONS 5
#endif
#ifndef TURNS
#define TURNS 4
#endif

/* memory, as all see it */
bit in = 0;
byte stop = OPEN;
byte bins = 0;
bool asleep = false; /* the owner, on `stop` */

/* the owner's store buffer, oldest first */
#define TO_IN 0
#define TO_BINS 1
#define ROOM 5
byte b_to[ROOM], b_value[ROOM];
bit b_release[ROOM];
byte b_n = 0;

bool late_bins = false; /* the taker's store to the bins is in its buffer */
byte late_value;

/* what is really so */
bool owner_inside = false, taker_inside = false;
byte latest = 0;

inline shift(from) {
    if :: from < 1 -> b_to[0] = b_to[1]; b_value[0] = b_value[1]; b_release[0] = b_release[1] :: else -> skip fi;
    if :: from < 2 -> b_to[1] = b_to[2]; b_value[1] = b_value[2]; b_release[1] = b_release[2] :: else -> skip fi;
    if :: from < 3 -> b_to[2] = b_to[3]; b_value[2] = b_value[3]; b_release[2] = b_release[3] :: else -> skip fi;
    b_to[3] = b_to[4]; b_value[3] = b_value[4]; b_release[3] = b_release[4];
    b_n--;
    b_to[4] = 0; b_value[4] = 0; b_release[4] = 0
}

inline write(k) {
    if
    :: b_to[k] == TO_IN -> in = b_value[k]
    :: else -> bins = b_value[k]
    fi;
    shift(k)
}

#define WRITE_ONE if :: b_n > 0 -> write(0) :: else -> skip fi
inline empty_buffer() {
    d_step {
        WRITE_ONE; WRITE_ONE; WRITE_ONE; WRITE_ONE; WRITE_ONE
    }
}

inline store(to, value, release) {
    d_step {
        b_n < ROOM; /* a full buffer holds up the processor */
        b_to[b_n] = to;
        b_value[b_n] = value;
        b_release[b_n] = release;
        b_n++
    }
}

/* The owner's buffer empties itself, whenever it likes. */
#define SAME(j, k) (b_to[j] == b_to[k])
active proctype memory() {
end:
    do
    :: d_step { b_n > 0 -> write(0) }
#ifdef ARM
    :: d_step { b_n > 1 && !b_release[1] && !SAME(0, 1) -> write(1) }
    :: d_step { b_n > 2 && !b_release[2] && !SAME(0, 2) && !SAME(1, 2) -> write(2) }
    :: d_step { b_n > 3 && !b_release[3] && !SAME(0, 3) && !SAME(1, 3) && !SAME(2, 3) -> write(3) }
#ifdef K5_RELAXED
    :: d_step { late_bins -> late_bins = false; bins = late_value; late_value = 0 }
#endif
#endif
    od
}

/* For a read-modify-write of the owner's. */
#ifdef ARM
#define FENCED true
#else
#define FENCED (b_n == 0)
#endif

/* The owner's own stores, as long as they are in its buffer, hide those of memory. Bins
 * in the buffer are the newest. */
inline owner_reads(ret) {
    d_step {
        ret = bins;
        if :: b_n > 0 && b_to[0] == TO_BINS -> ret = b_value[0] :: else -> skip fi;
        if :: b_n > 1 && b_to[1] == TO_BINS -> ret = b_value[1] :: else -> skip fi;
        if :: b_n > 2 && b_to[2] == TO_BINS -> ret = b_value[2] :: else -> skip fi;
        if :: b_n > 3 && b_to[3] == TO_BINS -> ret = b_value[3] :: else -> skip fi;
        if :: b_n > 4 && b_to[4] == TO_BINS -> ret = b_value[4] :: else -> skip fi
    }
}

#ifdef O5_RELAXED
#define O5 0
#else
#define O5 1
#endif

/* gate_leave() and the rest of gate_wait() */
inline gate_wait() {
    store(TO_IN, 0, O5);
#ifdef OPEN_BY_STORE
    if
    :: stop == PARKED -> stop = OPEN; opened = true
    :: else -> opened = false
    fi;
#else
    if
    :: d_step { FENCED && stop == PARKED -> stop = OPEN; opened = true }
    :: d_step { FENCED && stop != PARKED -> opened = false }
    fi;
#endif
    if
    :: opened -> opened = false
    :: else ->
#ifdef WAITED_BY_STORE
        if
        :: stop == SHUT -> stop = WAITED; opened = true
        :: stop == WAITED -> opened = true
        :: stop == OPEN || stop == PARKED -> skip
        fi;
#else
        if
        :: d_step { FENCED && stop == SHUT -> stop = WAITED; opened = true }
        :: d_step { FENCED && stop == WAITED -> opened = true }
        :: d_step { FENCED && (stop == OPEN || stop == PARKED) -> skip }
        fi;
#endif
        if
        :: opened ->
            opened = false;
#ifdef NO_COMPARE
            asleep = true;
#else
            d_step { asleep = (stop == WAITED) }; /* os_wait() compares */
#endif
            !asleep
        :: else -> skip
        fi
    fi
}

active proctype owner() {
    byte operations = 0, value = 0, seen = 0;
    bool opened = false;
    do
    :: operations < OPERATIONS ->
        operations++;
        do
        :: true ->
#ifdef O3_RELAXED
            owner_reads(value); /* the bins may be read before `stop` */
#endif
#ifdef NO_O2
            seen = stop;
            store(TO_IN, 1, 0);
#else
o1:         store(TO_IN, 1, 0);
o3:         seen = stop;
#endif
            if
            :: seen == OPEN -> break
            :: else -> gate_wait()
            fi
        od;
o4:     assert(!taker_inside);
        d_step { owner_inside = true; assert(!taker_inside); seen = 0 };
#ifndef O3_RELAXED
        owner_reads(value);
#endif
        assert(value == latest); /* the taker's changes are seen */
        store(TO_BINS, value + 1, 0);
        d_step { latest = value + 1; value = 0 };
o5:     d_step { owner_inside = false; assert(!taker_inside) };
        store(TO_IN, 0, O5)
    :: operations == OPERATIONS -> break
    od
}

active proctype taker() {
    byte turns = 0, resume = OPEN, value = 0, old;
    bit seen;
    do
    :: turns < TURNS ->
        turns++;
k1:     d_step { resume = stop; stop = SHUT };
        assert(resume == OPEN || resume == PARKED);
#ifdef K3_RELAXED
        value = bins; /* may be read before `in` */
#endif
#ifndef NO_BARRIER
k2:     empty_buffer();
#endif
k3:     seen = in;
        if
        :: seen == 0 ->
k4:         d_step { taker_inside = true; assert(!owner_inside) };
#ifndef K3_RELAXED
            value = bins;
#endif
            assert(value == latest); /* the owner's changes are seen */
            d_step { latest = value + 1; late_bins = true; late_value = value + 1; value = 0 };
            if
            :: resume = PARKED
            :: true
            fi;
            d_step { taker_inside = false; assert(!owner_inside) }
        :: else -> skip
        fi;
#ifdef WAKE_UNSEEN
        old = stop;
        d_step { if :: late_bins -> late_bins = false; bins = late_value; late_value = 0 :: else -> skip fi };
        stop = resume;
#else
k5:     d_step {
#ifndef K5_RELAXED
            if :: late_bins -> late_bins = false; bins = late_value; late_value = 0 :: else -> skip fi;
#endif
            old = stop;
            stop = resume
        };
#endif
#ifndef NO_WAKE
        if
        :: old == WAITED -> asleep = false
        :: else -> skip
        fi;
#endif
        d_step { old = 0; seen = 0; resume = OPEN; value = 0 }
    :: turns == TURNS -> break
    od
}
