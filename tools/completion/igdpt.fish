# Completion of igdpt for fish. The command knows what may follow; where it offers nothing, files do.
function __igdpt_offered
	set -l words (commandline -opc)
	$words[1] --complete $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c igdpt -n 'test -n "$(__igdpt_offered)"' -f
complete -c igdpt -a '(__igdpt_offered)'
