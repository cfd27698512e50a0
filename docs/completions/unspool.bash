_unspool_completion() {
    local IFS=$'\n' line="${COMP_LINE:0:COMP_POINT}" word before
    COMPREPLY=( $( env COMP_WORDS="${COMP_WORDS[*]}" COMP_CWORD=$COMP_CWORD _TYPER_COMPLETE_ARGS="$line" \
                   _UNSPOOL_COMPLETE=complete_bash "$1" ) )
    # The answers are whole words, as --from=opencode. bash replaces only what is behind the last = : or @ of a word.
    word=${line##*[[:space:]]}
    before=${COMP_WORDS[COMP_CWORD]}
    case $before in [=:@]) before= ;; esac
    before=${word%"$before"}
    case $word in *[=:@]*) COMPREPLY=( "${COMPREPLY[@]#"$before"}" ) ;; esac
    case ${COMPREPLY[*]} in *[=:@]) compopt -o nospace 2> /dev/null ;; esac
    return 0
}

complete -o default -F _unspool_completion unspool
