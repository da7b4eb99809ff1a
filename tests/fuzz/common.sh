# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# What tests/fuzz/run and tests/fuzz/afl have in common. They define
#   fuzz_one TARGET PROGRAM FOLDER
# which fuzzes PROGRAM for $seconds with $dictionary from the inputs in FOLDER/corpus and adds to these
# what it finds new. It ends with report; an input that shows a fault is in FOLDER then, and belongs
# into regressions/TARGET with the change that mends it.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
header_names=$here/../../lib/sip/header_names.h
keep="" dictionary="" operands=()

# Options and operands: parse "$@", then see $keep and ${operands[@]}.
parse() {
	while [ $# -gt 0 ]; do
		case $1 in
		--keep)
			[ $# -ge 2 ] || usage
			keep=$2; shift ;;
		-*) usage ;;
		*) operands+=("$1") ;;
		esac
		shift
	done
}

is_count() {
	[[ $1 =~ ^[1-9][0-9]{0,5}$ ]]
}

# The target's line, its part of the total, and more lines if need be:
#   report TARGET FOLDER "RUNS SECONDS FINDINGS" TEXT [MORE]
report() {
	echo "$3" >"$2/result"
	printf '%s: %s\n%s' "$1" "$4" "${5:+  $5$'\n'}"
}

# The target's folder with its seeds, besides what an earlier run left there.
prepare() {
	local target=$1 folder=$2 from

	mkdir -p "$folder/corpus"
	rm -f "$folder/result"
	for from in "$here/corpus/$target" "$here/regressions/$target"; do
		[ ! -d "$from" ] || cp "$from"/* "$folder/corpus/"
	done
}

# sip.dict and the header fields' names, full and compact, as the library has them.
write_dictionary() {
	cp "$here/sip.dict" "$dictionary"
	sed -n -e 'h; s/^\tX([A-Z0-9_]*, "\([^"]*\)", .*/"\1: "/p' \
		-e "g; s/^\tX([A-Z0-9_]*, \"[^\"]*\", '\([a-z]\)').*/\"\1:\"/p" \
		"$header_names" >>"$dictionary"
	if ! grep -q '^"v:"$' "$dictionary"; then
		echo "no names of header fields in $header_names" >&2
		exit 2
	fi
}

# Every target that is built in a folder, several at a time. 0 if none found anything, 1 if one did.
#   fuzz_all BUILD_DIR JOBS
fuzz_all() {
	local build=$1 jobs=$2 work=$keep source name target program running=0 targets=()

	if [ -n "$keep" ]; then
		mkdir -p "$keep" || exit 2
		work=$(cd "$keep" && pwd)
	else
		work=$(mktemp -d) || exit 2
	fi
	dictionary=$work/sip.dict
	write_dictionary
	for source in "$here"/fuzz_*.c; do
		name=$(basename "$source" .c)
		target=${name#fuzz_}
		program=$build/tests/$name
		[ -x "$program" ] || program=$build/$name
		if ! [ -x "$program" ]; then
			echo "$target: not built"
			continue
		fi
		if [ "$running" -eq "$jobs" ]; then
			wait -n
			running=$((running - 1))
		fi
		prepare "$target" "$work/$target"
		targets+=("$target")
		fuzz_one "$target" "$program" "$work/$target" &
		running=$((running + 1))
	done
	wait
	if [ "${#targets[@]}" -eq 0 ]; then
		[ -n "$keep" ] || rm -rf "$work"
		return 2
	fi
	total "$work" "${targets[@]}"
}

# The last line; seconds are those of the targets together. A target without a result has failed.
total() {
	local work=$1 target r s f runs=0 seconds=0 findings=0

	shift
	for target in "$@"; do
		read -r r s f < <(cat "$work/$target/result" 2>/dev/null || echo 0 0 1)
		runs=$((runs + r)) seconds=$((seconds + s)) findings=$((findings + f))
	done
	echo "$# targets, $runs runs, $seconds seconds, $findings findings"
	[ "$findings" -eq 0 ] || return 1
	[ -n "$keep" ] || rm -rf "$work"
}
