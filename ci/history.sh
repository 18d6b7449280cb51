#!/bin/sh
# Keeps the history of all nights where a lost cache cannot take it: on a branch of its own.
#     ci/history.sh restore FILE [MORE...]    fetches it; the first night there is none, and that is said
#     ci/history.sh save FILE [MORE...]       makes it the branch's only commit: what was before is in it
# MORE are files that are kept beside it by their names if they are there: what the next night is compared
# with, and the site, so that the branch can be served as GitHub Pages.
# The branch is $TIDEMARK_HISTORY_BRANCH (tidemark-history) of the remote origin. Two that save at once
# would lose one night: the workflow lets one run at a time.
set -eu

action=${1:?restore or save} file=${2:?name the database}
shift 2
branch=${TIDEMARK_HISTORY_BRANCH:-tidemark-history}
case $action in
    restore)
        # 2: no such branch; anything else is an error, and must not begin a new history
        code=0
        git ls-remote --exit-code origin "refs/heads/$branch" >/dev/null || code=$?
        if [ $code -eq 2 ]; then
            echo "history: there is no branch $branch yet: it begins with this run"
            exit 0
        fi
        [ $code -eq 0 ] || exit 3
        git fetch --quiet --no-tags --depth=1 origin "refs/heads/$branch"
        mkdir -p "$(dirname "$file")"
        git cat-file blob FETCH_HEAD:history.sqlite >"$file"
        for more in "$@"; do
            if git cat-file -e "FETCH_HEAD:${more##*/}" 2>/dev/null; then
                git cat-file blob "FETCH_HEAD:${more##*/}" >"$more"
            fi
        done
        ;;
    save)
        tree=$({
            printf '100644 blob %s\thistory.sqlite\n' "$(git hash-object -w -- "$file")"
            for more in "$@"; do
                if [ -f "$more" ]; then
                    printf '100644 blob %s\t%s\n' "$(git hash-object -w -- "$more")" "${more##*/}"
                fi
            done
        } | git mktree)
        commit=$(git -c user.name=tidemark -c user.email=tidemark@localhost \
            commit-tree "$tree" -m "History up to $(git rev-parse --short HEAD)")
        git push --quiet --force origin "$commit:refs/heads/$branch"
        ;;
    *)
        echo "history: restore or save, not $action" >&2
        exit 2
        ;;
esac
