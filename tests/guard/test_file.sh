#!/bin/sh
# tidemark.json: written by init, and refused with the line and the remedy where it means nothing.
# shellcheck source=lib.sh
. "$HERE/../guard/lib.sh"

# by options, and by answers
guard 0 init --name "dev server" --command "./serve" --ready "ready in" --drive ./visit --idle 0,30 --setup "npm ci"
jq -e '.scenarios[0] == {"name": "dev server", "command": "./serve", "ready": "ready in",
    "drive": "./visit", "idle_s": [0, 30], "setup": "npm ci"}' tidemark.json >/dev/null || fail "not what was asked for"
guard 2 init --command x
says "tidemark.json exists already"
guard 0 init --force --name a --command b --collect node </dev/null
jq -e '.scenarios[0].collect == "node"' tidemark.json >/dev/null || fail "nothing is to be collected"
rm tidemark.json
printf 'api\nexec sleep 60\n\ntrue\n0,0.1\n\n' | guard 0 init
says "The shell command that starts it:"
jq -e '.scenarios[0] == {"name": "api", "command": "exec sleep 60", "drive": "true",
    "idle_s": [0, 0.1]}' tidemark.json >/dev/null || fail "the answers are not in it"
guard 3 run # it is a file that can be run; nothing is there to compare with
headline "^NOT DECIDED"
guard 2 init --force </dev/null
says 'tidemark.json, line 3: the scenario "app" has no "command"'
guard 2 init --force --command x --ready '(' </dev/null
says "is not a regular expression"

# refuses LINE TEXT: the file of standard input, for that reason on that line.
refuses() {
    cat >tidemark.json
    guard 2 run
    says "tidemark.json, line $1: $2"
    [ ! -s verdict ] || fail "there is a verdict"
}
rm tidemark.json
guard 2 run
says "cannot read tidemark.json: No such file or directory; \`tidemark guard init\` writes one"
refuses 2 "'}' expected" <<'END'
{"scenarios": [{"name": "a", "command": "b"
 "drive": "c"}]}
END
refuses 1 '"scenarios" takes a list' <<'END'
{"scenarios": []}
END
refuses 4 'two scenarios are called "a"' <<'END'
{"scenarios": [
  {"name": "a", "command": "b"},
  {"command": "{\"name\": 1}",
   "name": "a"}]}
END
refuses 3 '"idle" is unknown here; known are "name", "command", "setup", "ready", "drive", "idle_s"' <<'END'
{"scenarios": [
  {"name": "a", "command": "b",
   "idle": [0, 30]}]}
END
refuses 2 '"idle_s" takes a list of ascending seconds' <<'END'
{"scenarios": [{"name": "a", "command": "b", "ready": "c",
  "idle_s": [30, 0]}]}
END
refuses 2 '"timeout_s" takes a number from 0.1' <<'END'
{"scenarios": [{"name": "a", "command": "b",
  "timeout_s": "20"}]}
END
refuses 3 'no scenario has "idle@31s": the measured figures are "peak", "idle@0s"' <<'END'
{"scenarios": [{"name": "a", "command": "b", "ready": "c", "idle_s": [0, 30]}],
 "fail": {"idle@30s": "5%",
          "idle@31s": "5%"}}
END
refuses 2 'no scenario has "time"' <<'END'
{"scenarios": [{"name": "a", "command": "b", "ready": "c", "idle_s": [0, 30]}],
 "fail": {"time": "5%"}}
END
refuses 2 '"peak" takes the allowed growth as a text, such as "5%"' <<'END'
{"scenarios": [{"name": "a", "command": "b"}],
 "fail": {"peak": 5}}
END
refuses 4 'no scenario is called "b"' <<'END'
{"scenarios": [{"name": "a", "command": "b"}],
 "bounds": {
  "a": {"peak": "1 GiB"},
  "b": {"peak": "1 GiB"}}}
END
refuses 3 'the bound of "peak" takes a size as a text, such as "400 MiB"' <<'END'
{"scenarios": [{"name": "a", "command": "b"}],
 "bounds": {"a": {
    "peak": "400 MB"}}}
END
refuses 2 'the bound of "peak" takes a size' <<'END'
{"scenarios": [{"name": "a", "command": "b"}],
 "bounds": {"a": {"peak": "inf MiB"}}}
END
refuses 1 'all "idle_s" together have more than 35 different times' <<'END'
{"fail": {"peak": "5%"}, "scenarios": [
  {"name": "a", "command": "b", "idle_s": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]},
  {"name": "c", "command": "d", "idle_s": [17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30]},
  {"name": "e", "command": "f", "idle_s": [1, 17, 31, 32, 33, 34, 35, 36]}]}
END
refuses 2 '"a" has no "idle@30s"' <<'END'
{"scenarios": [{"name": "a", "command": "b"}],
 "bounds": {"a": {"idle@30s": "400 MiB"}}}
END
refuses 2 '"budget" is unknown here' <<'END'
{"scenarios": [{"name": "a", "command": "b"}],
 "budget": 4}
END
guard 2 run --file nosuch/tidemark.json
says "cannot go to the folder nosuch/: No such file or directory"
guard 2 run here
says 'unexpected argument "here"'
guard 2 guard
says "say what to do: init, run, or compare BASE"
guard 2 compare
says "name the commit to compare with"
