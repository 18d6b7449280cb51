#!/bin/sh
# shellcheck disable=SC2016 # messages are literal
# Bad arguments of the workloads' program: exit code 2, and a message that names the fault.
set -eu
program=$1

# refuses MESSAGE ARGUMENT...
refuses() {
    message=$1
    shift
    code=0
    said=$("$program" "$@" 2>&1 >/dev/null) || code=$?
    [ $code -eq 2 ] || { echo "FAILED: exit code $code: $*" >&2; exit 1; }
    case $said in
        *"$message"*) ;;
        *)
            echo "FAILED: \"$*\" says: $said" >&2
            exit 1
            ;;
    esac
}

refuses "usage: tidemark-workload NAME"
refuses 'there is no workload "nonesuch"; `tidemark-workload --list` lists them' nonesuch
refuses '"extra" is not --option=value' churn extra
refuses "there is no option --color" churn --color=red
refuses "--threads lacks its value" churn --threads
refuses '--threads takes a number from 1 to 64 (worker threads), not "0"' churn --threads=0
refuses 'not "65"' churn --threads=65
refuses 'not "four"' churn --threads four
refuses 'not ""' churn --scale=
refuses 'not "nan"' churn --scale=nan
refuses 'not "-1"' churn --survivors=-1
refuses 'hmr decides by itself what survives' hmr --survivors=5
refuses "--builds takes a number from 1 to 1000" churn --builds=1001
refuses '--idle takes dead, collect, tick, tick-all or joined, not "asleep"' churn --idle=asleep
refuses "--report=fd:77 names no open descriptor" churn --report=fd:77
refuses "cannot write the report /nonexistent/x" churn --report=/nonexistent/x
refuses "--changed takes a number from 0 to 100" bundle --changed=101
refuses "nonesuch.trace: No such file or directory" replay --input=./nonesuch.trace
refuses 'is not a trace: it does not begin with "tidetrac"' replay --input="$0"
refuses "--teardown takes a number from 0 to 1" replay --teardown=2
refuses "there is no option --changed" churn --changed=10
refuses "--shuffle takes a number from 0 to 1" churn --shuffle=2
refuses "--case takes a number from 0 to 12" micro --case=13
refuses "--batches takes a number from 1 to 1000" encode --batches=0
refuses "--remote takes a number from 0 to 100" handoff --remote=101
refuses "--next-share takes a number from 0 to 100" imbalance --next-share=101
refuses "--waves takes a number from 1 to 64" pool --waves=0

# A harness that has gone away ends the workload, with its own exit code.
code=0
"$program" churn --scale=0.02 --report=fd:0 </dev/null >/dev/null 2>&1 || code=$?
[ $code -eq 4 ] || { echo "FAILED: exit code $code without a harness" >&2; exit 1; }
