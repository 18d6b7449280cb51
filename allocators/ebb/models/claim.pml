/* Claiming words, and returning blocks (DESIGN.md, "Claiming words").
 *
 * Code: slab_put() r1 r2; slab_claim() c1 c2; slab_exhausted() c3 c4 c5; partial_set(),
 * partial_clear(), clear_summary(), partial_lowest() in partial.c.
 *
 * Two slabs of one class in one group: slab 0 has a word of two blocks and one of one, slab
 * 1 a word of one. Two threads return two blocks each, one claims, returns and claims again;
 * with -DTWO_CLAIMERS two claim once.
 *
 * Memory is weak. A relaxed look yields what the claimers are bound to see, or more. They
 * are bound to see a bit once they have read it, once they did a read-modify-write on its
 * location, or through an acquire of a location that a setter of the bit has released
 * (`msg_…`). Claimers share one view since the lock hands it on.
 *
 * Checked: a block has one owner, and the last one's accesses come before the next one's;
 * when all is quiet, a free block has its partial bit, and a partial bit its summary. */

#define NOBODY 255
#ifdef TWO_CLAIMERS
#define THREADS 4
#else
#define THREADS 3
#endif

#define BIT(b) (1 << (b))
#define WORD(b) ((b) < 2 -> 3 : ((b) == 2 -> 4 : 8)) /* mask of the block's word */
#define SLAB(b) ((b) < 3 -> 1 : 2)                   /* bit of the block's slab */

byte w;     /* all words, a bit per block: 1 = free */
byte g = 0; /* the group: a bit per slab */
bit s = 0;  /* the summary's bit for the group */
bit lock = 0;

byte owner[4];
byte done = 0;
bool late_write[4]; /* of a block: an access of the last owner's that is not visible yet */

/* what the holder of the lock is bound to see set in w and in g */
byte seen_w = 0, seen_g = 0;
/* what an acquire of g, of s binds one to see */
byte msg_g_w = 0, msg_s_w = 0, msg_s_g = 0;
/* what a returner is bound to see, and so publishes */
byte view_w[4], view_g[4];

/* Bits that are cleared are nobody's to see any more: the next time they are set is another
 * event. */
inline forget_w(bits) {
    seen_w = seen_w & ~(bits);
    msg_g_w = msg_g_w & ~(bits);
    msg_s_w = msg_s_w & ~(bits);
    view_w[0] = view_w[0] & ~(bits);
    view_w[1] = view_w[1] & ~(bits);
    view_w[2] = view_w[2] & ~(bits);
    view_w[3] = view_w[3] & ~(bits)
}
inline forget_g(bits) {
    seen_g = seen_g & ~(bits);
    msg_s_g = msg_s_g & ~(bits);
    view_g[0] = view_g[0] & ~(bits);
    view_g[1] = view_g[1] & ~(bits);
    view_g[2] = view_g[2] & ~(bits);
    view_g[3] = view_g[3] & ~(bits)
}

/* partial_set(), by a returner */
inline partial_set(slab) {
#ifdef R2_SKIP
    /* a plain look first: the processor may do it before r1's store is visible */
    if
    :: early || (g & slab) != 0 -> old = 255
    :: else -> old = 0
    fi;
    if
    :: old != 0 -> skip
    :: else ->
#endif
    i = 0; /* a label can't be first */
r2: d_step {
        old = g;
        g = g | slab;
#ifndef R2_RELAXED
        view_w[me] = view_w[me] | msg_g_w;
        msg_g_w = msg_g_w | view_w[me];
#endif
        view_g[me] = view_g[me] | g
    };
#ifdef R2_SKIP
    fi;
#endif
#ifdef SUMMARY_FIRST
    skip
#else
    if
    :: old == 0 ->
        i = 0;
r2s:    d_step {
            s = 1;
            msg_s_w = msg_s_w | view_w[me];
            msg_s_g = msg_s_g | view_g[me];
            old = 0
        }
    :: else -> skip
    fi
#endif
}

inline put(block) {
#ifdef R2_SKIP
    early = false;
    if
    :: (g & SLAB(block)) != 0 -> early = true
    :: true
    fi;
#endif
#ifdef SUMMARY_FIRST
    if
    :: g == 0 -> s = 1
    :: else -> skip
    fi;
#endif
    i = 0;
r1: d_step {
        assert(owner[block] == me);  /* who returns a block has it */
        assert((w & BIT(block)) == 0); /* a block that is free has no owner */
        old = w & WORD(block);
        w = w | BIT(block);
        owner[block] = NOBODY;
        view_w[me] = w & WORD(block);
        view_g[me] = 0;
#ifdef R1_RELAXED
        late_write[block] = true;
#endif
    };
    if
    :: old == 0 -> partial_set(SLAB(block))
    :: else -> skip
    fi;
#ifdef R1_RELAXED
    late_write[block] = false;
#endif
    d_step { view_w[me] = 0; view_g[me] = 0; old = 0 }
}

/* A relaxed look at a word, at the group. */
inline look_w(mask) {
    d_step { bits = seen_w & mask };
    if
    :: d_step { (w & mask) != bits -> bits = w & mask; seen_w = seen_w | bits }
    :: true
    fi
}
inline look_g() {
    d_step { group = seen_g };
    if
    :: d_step { g != group -> group = g; seen_g = seen_g | group }
    :: true
    fi
}

/* partial_set(), by a claimer */
inline set_again(slab) {
    d_step {
        group = g;
        g = g | slab;
        seen_g = seen_g | g;
        seen_w = seen_w | msg_g_w
    };
    if
    :: group == 0 -> d_step { s = 1; msg_s_w = msg_s_w | seen_w; msg_s_g = msg_s_g | seen_g }
    :: else -> skip
    fi
}

inline clear_summary() {
    d_step { /* and_acq_rel */
        s = 0;
        seen_w = seen_w | msg_s_w;
        seen_g = seen_g | msg_s_g
    };
#ifndef NO_SUMMARY_LOOK
    look_g();
    if
    :: group != 0 -> s = 1
    :: else -> skip
    fi
#endif
}

inline exhausted(slab) {
#ifdef C4_RELAXED
    /* nothing keeps c5's looks from being done before c4 */
    look_w((slab == 1 -> 7 : 8));
#endif
    i = 0;
c4: d_step {
        group = g;
        g = g & ~slab;
#ifndef C4_RELAXED
        seen_w = seen_w | msg_g_w;
#endif
        seen_g = seen_g | group;
        forget_g(slab)
    };
    if
    :: group == slab -> clear_summary()
    :: else -> skip
    fi;
#ifndef NO_C5
#ifndef C4_RELAXED
c5: look_w((slab == 1 -> 3 : 8));
    if
    :: bits == 0 && slab == 1 -> look_w(4)
    :: else -> skip
    fi;
#endif
    if
    :: bits != 0 -> set_again(slab)
    :: else -> skip
    fi
#endif
}

inline own(block) {
    if
    :: (bits & BIT(block)) != 0 ->
        assert(owner[block] == NOBODY); /* a claimed block has no other owner */
        assert(!late_write[block]);     /* and the last one is done with it */
        owner[block] = me
    :: else -> skip
    fi
}

inline take(mask) {
    i = 0;
c1: look_w(mask);
    if
    :: bits != 0 ->
        i = 0;
c2:     d_step {
#ifdef C2_STORE
            w = w & ~mask; /* as if nobody could have returned a block since c1 */
#else
            assert((w & bits) == bits); /* what c1 saw is still there */
            w = w & ~bits;
#endif
            seen_w = seen_w | (w & mask);
            forget_w(bits);
            own(0); own(1); own(2); own(3);
            got = got | bits
        }
    :: else -> skip
    fi
}

/* slab_refill(): until it has something, or there is nothing to be had. */
inline refill() {
#ifndef NO_LOCK
    d_step { lock == 0 -> lock = 1 };
#endif
    got = 0;
    do
    :: got == 0 ->
        /* partial_lowest(); a stale look at the summary misses blocks, which is harmless */
        if
        :: s == 1 ->
            look_g();
            if
            :: group == 0 -> clear_summary()
            :: (group & 1) != 0 ->
c3:             take(3);
                if :: got == 0 -> take(4) :: else -> skip fi;
                if :: got == 0 -> exhausted(1) :: else -> skip fi
            :: (group & 3) == 2 ->
                take(8);
                if :: got == 0 -> exhausted(2) :: else -> skip fi
            fi
        :: s == 0 -> break
        fi
    :: got != 0 -> break
    od;
    i = 0;
    d_step { bits = 0; group = 0 };
#ifndef NO_LOCK
    lock = 0
#endif
}

proctype returner(byte me; byte first; byte second) {
    byte old = 0, i = 0;
    bool early = false;
    put(first);
    if
    :: second != NOBODY -> put(second)
    :: else -> skip
    fi;
    done++
}

proctype claimer(byte me) {
    byte old = 0, i = 0, bits = 0, group = 0, got = 0, block = 0;
    bool early = false;
    refill();
    do
    :: got != 0 ->
        d_step {
            block = ((got & 1) != 0 -> 0 : ((got & 2) != 0 -> 1 : ((got & 4) != 0 -> 2 : 3)));
            got = got & ~BIT(block)
        };
        put(block)
    :: else -> break
    od;
    block = 0;
    refill();
    done++
}

proctype claimer_once(byte me) {
    byte i = 0, bits = 0, group = 0, got = 0;
    refill();
    done++
}

init {
    atomic {
        owner[0] = 0; owner[3] = 0;
        owner[1] = 1; owner[2] = 1;
        /* an exhausted slab's bit may be set still */
        if
        :: g = 0
        :: g = 1; s = 1; seen_g = 1
        :: g = 3; s = 1; seen_g = 3
        fi;
        run returner(0, 0, 3);
#ifdef TWO_CLAIMERS
        run returner(1, 1, NOBODY); /* and keeps the other */
        run claimer_once(2);
        run claimer_once(3)
#else
        run returner(1, 1, 2);
        run claimer(2)
#endif
    };
    done == THREADS;
    /* no block is lost: */
    assert((w & 7) == 0 || (g & 1) != 0);
    assert((w & 8) == 0 || (g & 2) != 0);
    assert(g == 0 || s == 1);
    /* or has vanished: */
    byte b;
    for (b : 0 .. 3) {
        assert((owner[b] == NOBODY) == ((w & BIT(b)) != 0))
    }
}
