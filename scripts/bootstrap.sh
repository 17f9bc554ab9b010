# Before every task of npm: is everything installed? Sums of two files tell, within milliseconds. Whatever they cannot
# tell is asked of bootstrap.mjs, which knows more and needs a Node to say it.

kept=node_modules/.slipway-sums
sums() { cksum package.json package-lock.json; uname -sm; }

before=$(sums)
[ -x node_modules/.bin/node ] && [ -f "$kept" ] && [ "$before" = "$(cat "$kept")" ] && exit 0
node scripts/bootstrap.mjs || exit
# Not when one of them was changed meanwhile, and not without the pinned Node: nothing here tells how new another one is.
[ -x node_modules/.bin/node ] && [ "$before" = "$(sums)" ] && echo "$before" >"$kept"
exit 0
