there _catalog | grep -q "\"$repo\"" || { echo "The registry has no repository $repo; it has $(there _catalog)."; exit 1; }
there "$repo/tags/list" | grep -q "\"$tag\"" || { echo "The repository $repo has no tag $tag; it has $(there "$repo/tags/list")."; exit 1; }
