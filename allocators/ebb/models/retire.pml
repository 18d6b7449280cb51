/* Retiring a slab while others return blocks (DESIGN.md, "Retiring a slab").
 *
 * Code: slab_put() r0 r1 r2 r3; slab_try_retire() t2 t3; slab_retire() t4; slab_refill() with
 * slab_install(); with -DSWEEP slab_discard_holes() too.
 *
 * Two slices, two word arrays, two classes that use arrays of the same length. Slice 0 begins
 * as a slab of class 1 whose two blocks are out, with a thread each. Both return their block;
 * one of them, and a third thread, take one of either class and return that. A word has both
 * blocks, or with -DTWO_WORDS one each. With -DSWEEP the reclaimer's sweep is the third.
 *
 * Abstracted: t2 may read anything, freed metadata included, so its outcome is arbitrary. The
 * partial set has one level, and one bit for `free` and `cold` (claim.pml looks closer).
 * Allocation and release of a slice or an array are one step each (their locks).
 *
 * Checked: a slab is retired only with all blocks in, and once; class map and array stay the
 * slab's as long as a block is out; no false "double free"; no block is lost. */

#define NONE 255
#define CLASSES 3 /* 0: not a slab */
#define BIT(b) (1 << (b))
#ifdef TWO_WORDS
#define WORD(b) BIT(b)
#else
#define WORD(b) 3
#endif

byte class_map[2];
byte words[2];  /* slice -> array */
byte free[2];   /* array -> bits */
byte cold[2];
bit p[6];       /* partial set: p[2 * class + slice] */
bit lock[CLASSES];
bit slice_is_free[2], array_is_free[2];

/* what is really so */
byte out[2];    /* blocks of the slice that somebody has */
byte user[2];   /* array -> slice */
byte done = 0;

#define P(class, slice) p[2 * (class) + (slice)]

inline acquire(class) {
#ifndef NO_LOCK
    d_step { lock[class] == 0 -> lock[class] = 1 }
#else
    skip
#endif
}
inline release(class) {
    lock[class] = 0
}

/* slab_retire() */
inline retire(class, index) {
    i = 0;
t4: d_step {
        assert(out[index] == 0);            /* never with a block out */
        assert(!slice_is_free[index]);      /* not twice */
        assert(class_map[index] == class);
        array = words[index];
        assert(!array_is_free[array] && user[array] == index)
    };
    P(class, index) = 0;
#ifndef T4_ORDER
    class_map[index] = 0;
#endif
    d_step { assert(!array_is_free[array]); array_is_free[array] = 1; user[array] = NONE };
    d_step { assert(!slice_is_free[index]); slice_is_free[index] = 1 };
#ifdef T4_ORDER
    class_map[index] = 0;
#endif
    array = 0
}

#if defined(T3_NO_LOOK)
#define T3_LOOK(class, index, w) true
#elif defined(T3_NO_CLASS)
#define T3_LOOK(class, index, w) words[index] == w && (i | cold[w]) == 3
#elif defined(T3_NO_WORDS)
#define T3_LOOK(class, index, w) class_map[index] == class && (i | cold[w]) == 3
#else
#define T3_LOOK(class, index, w) class_map[index] == class && words[index] == w && (i | cold[w]) == 3
#endif

inline try_retire(class, index, place_words) {
    if
    :: true -> skip /* t2 finds something missing, perhaps wrongly so */
    :: true ->      /* t2 finds all words full, perhaps wrongly so */
        acquire(class);
        i = 0;
t3:     i = free[place_words]; /* acquire loads, one by one */
        if
        :: T3_LOOK(class, index, place_words) -> retire(class, index)
        :: else -> skip
        fi;
        release(class)
    fi;
    i = 0
}

/* slab_put(): `mine_cold`: nobody wrote to it since it was claimed cold. */
inline put() {
    place = words[mine_slice];
#ifndef R0_LATE
r0: other = (mine_cold -> free[place] : cold[place]) & WORD(mine_bit);
#endif
r1: d_step {
        assert(class_map[mine_slice] == mine_class);
        assert(user[place] == mine_slice && !array_is_free[place]);
        if
        :: mine_cold -> old = cold[place] & WORD(mine_bit); cold[place] = cold[place] | BIT(mine_bit)
        :: else -> old = free[place] & WORD(mine_bit); free[place] = free[place] | BIT(mine_bit)
        fi;
        out[mine_slice]--
    };
#ifdef R0_LATE
    other = (mine_cold -> free[place] : cold[place]) & WORD(mine_bit);
#endif
    assert(((old | other) & BIT(mine_bit)) == 0); /* or "double free" is reported */
    if
    :: old == 0 ->
        i = 0;
r2:     P(mine_class, mine_slice) = 1
    :: else -> skip
    fi;
r3: if
    :: (old | other | BIT(mine_bit)) == WORD(mine_bit) ->
        try_retire(mine_class, mine_slice, place)
    :: else -> skip
    fi;
    d_step { place = 0; other = 0; old = 0; mine_cold = 0; mine_class = 0; mine_slice = 0; mine_bit = 0 }
}

/* slab_install(), under the shard's lock */
inline create() {
    d_step { /* meta_alloc() */
        if
        :: array_is_free[0] -> array = 0; array_is_free[0] = 0
        :: !array_is_free[0] && array_is_free[1] -> array = 1; array_is_free[1] = 0
        :: else -> array = NONE
        fi
    };
    if
    :: array == NONE -> tries = 9
    :: else ->
        d_step { /* slice_alloc() */
            if
            :: slice_is_free[0] -> index = 0; slice_is_free[0] = 0
            :: !slice_is_free[0] && slice_is_free[1] -> index = 1; slice_is_free[1] = 0
            :: else -> index = NONE
            fi
        };
        if
        :: index == NONE -> array_is_free[array] = 1; tries = 9
        :: else ->
            if /* the slice's memory may be resident, or not */
            :: free[array] = 3; cold[array] = 0
            :: free[array] = 0; cold[array] = 3
            fi;
            d_step { words[index] = array; user[array] = index };
            d_step { assert(class_map[index] == 0); class_map[index] = class };
            P(class, index) = 1
        fi
    fi;
    array = 0
}

inline claim() {
    d_step { /* c1, c2: the lowest free block, else the lowest cold one */
        array = words[index];
        if
        :: free[array] != 0 ->
            mine_bit = ((free[array] & 1) != 0 -> 0 : 1);
            free[array] = free[array] & ~BIT(mine_bit)
        :: free[array] == 0 && cold[array] != 0 ->
            mine_bit = ((cold[array] & 1) != 0 -> 0 : 1);
            cold[array] = cold[array] & ~BIT(mine_bit);
            mine_cold = 1
        :: else -> mine_bit = NONE
        fi;
        if
        :: mine_bit != NONE ->
            assert(user[array] == index);
            mine_class = class;
            mine_slice = index;
            out[index]++
        :: else -> skip
        fi
    };
    if
    :: mine_bit != NONE -> tries = 9
    :: else ->
        mine_bit = 0;
        P(class, index) = 0; /* c4 */
        if                   /* c5 */
        :: (free[array] | cold[array]) != 0 -> P(class, index) = 1
        :: else -> skip
        fi
    fi;
    array = 0
}

/* slab_refill(): a block of `class`, unless memory is out */
inline take() {
    acquire(class);
    tries = 0;
    do
    :: tries < 9 ->
        if
        :: P(class, 0) -> index = 0
        :: !P(class, 0) && P(class, 1) -> index = 1
        :: else -> index = NONE
        fi;
        if
        :: index == NONE -> create()
        :: index != NONE && class_map[index] == class -> claim()
        :: index != NONE && class_map[index] != class -> P(class, index) = 0 /* stale */
        fi
    :: else -> break
    od;
    release(class);
    tries = 0;
    index = 0
}

proctype thread(byte mine_slice; byte mine_bit; byte mine_class; bool again) {
    byte mine_cold = 0, place = 0, other = 0, old = 0, i = 0, array = 0, tries = 0, index = 0;
    byte class = 0;
    if
    :: mine_class != 0 -> put()
    :: else -> skip
    fi;
    if
    :: again ->
        if
        :: class = 1
        :: class = 2
        fi;
        take();
        class = 0
    :: else -> skip
    fi;
    if
    :: mine_class != 0 ->
        if
        :: mine_cold -> mine_cold = 0 /* written to */
        :: true
        fi;
        put()
    :: else -> skip
    fi;
    done++
}

/* slab_discard_holes(), slab_sweep(): all blocks become cold */
proctype sweeper(byte index) {
    byte class, array = 0, i = 0, swept = 0;
    class = class_map[index];
    if
    :: class != 0 ->
        acquire(class);
        if
        :: class_map[index] == class ->
            array = words[index];
            i = free[array];
            if
            :: (i | cold[array]) != 3 ->
                d_step { swept = free[array]; free[array] = 0 };
                d_step { swept = swept | cold[array]; cold[array] = 0 };
                d_step { i = cold[array]; cold[array] = cold[array] | swept };
                if
                :: i == 0 && swept != 0 -> P(class, index) = 1
                :: else -> skip
                fi
            :: else -> skip
            fi;
            i = free[array];
            if
            :: (i | cold[array]) == 3 -> retire(class, index)
            :: else -> skip
            fi
        :: else -> skip
        fi;
        release(class)
    :: else -> skip
    fi;
    done++
}

#define PROCESSES 3

init {
    atomic {
        class_map[0] = 1;
        out[0] = 2;
        user[1] = NONE;
        slice_is_free[1] = 1;
        array_is_free[1] = 1;
        words[1] = 1;
        run thread(0, 0, 1, true);
        run thread(0, 1, 1, false);
#ifdef SWEEP
        run sweeper(0)
#else
        run thread(0, 0, 0, true)
#endif
    };
    done == PROCESSES;
    byte s, c;
    for (s : 0 .. 1) {
        assert(slice_is_free[s] == (class_map[s] == 0));
        assert(out[s] == 0);
        c = class_map[s];
        if
        :: c != 0 ->
            assert(!array_is_free[words[s]] && user[words[s]] == s);
            assert((free[words[s]] | cold[words[s]]) == 3);
            assert(P(c, s)) /* no block is lost */
        :: else -> skip
        fi
    }
}
