# Completion of igdpt for bash. The command knows what may follow; where it offers nothing, files do.
_igdpt()
{
	local word
	COMPREPLY=()
	while IFS=$'\t' read -r word _; do
		COMPREPLY+=("$word")
	done < <("${COMP_WORDS[0]}" --complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _igdpt igdpt
