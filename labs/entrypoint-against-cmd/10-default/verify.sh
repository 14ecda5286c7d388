image default:1
case $(cmd default:1) in '["/bin/sh","-c"'*) echo "CMD of default:1 is in shell form; use the exec form."; exit 1 ;; esac
said=$(out default:1)
[ "$said" = "$word" ] || { echo "default:1 prints \"$said\", not $word."; exit 1; }
said=$(out default:1 echo other)
[ "$said" = other ] || { echo "With \"echo other\" behind it, default:1 prints \"$said\": the words should replace the command."; exit 1; }
