#!/bin/sh
# ci/release.sh publishes what was made for the tag's version and is whole, and nothing else. The service is a script.
# shellcheck source=lib.sh
. "$HERE/../dist/lib.sh"

git init -q --bare origin
git clone -q origin clone 2>/dev/null
cp -r "$root/ci" "$root/CMakeLists.txt" clone
(cd clone && commit "v$version")
cat >gh <<'END'
#!/bin/sh
printf '%s\n' "$*" >>"$CALLS"
END
chmod +x gh
mkdir release
cp "$dist/$archive".* release
publish() { # CODE TAG
    expect "$1" env PATH="$scratch:$PATH" CALLS="$scratch/calls" sh clone/ci/release.sh "$2" "$scratch/release"
}
publish 2 v9.9.9
says "the tag is v9.9.9, and CMakeLists.txt says $version"
publish 0 "v$version"
grep -q "^release create v$version --verify-tag .*/$archive.tar.gz .*/$archive.tar.gz.sha256 .*/$archive.spdx.json\$" calls ||
    fail "not published: $(cat calls)"
[ "$(git -C origin rev-parse "v${version%%.*}")" = "$(git -C clone rev-parse HEAD)" ] || fail "the major version's tag is elsewhere"
rm calls
echo >>"release/$archive.tar.gz"
publish 1 "v$version"
[ ! -e calls ] || fail "a damaged archive was published"
