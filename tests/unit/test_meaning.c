/* What counts as the same answer: words, numbers with units, commands in another order and spelling, and what does not. */
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/meaning.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void short_answers_match_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *answer;
        bool match;
    } cases[] = {
        {"overlay2", " Overlay2 ", true},
        {"overlay2", "overlay", false},
        {"*pid* namespace", "the PID  namespace", true},
        {"*pid* namespace", "pid", false},
        {"a*b*c", "aXbYbZc", true},
        {"a*b*c", "acb", false},
        {"2 \\* 3", "2 * 3", true},
        {"2 \\* 3", "2 x 3", false},
        {"*", "", false},
        {"`docker ps`", "docker ps", true},
        {"docker0", "`docker0`", true},
        {"a*", "a", true},
        {"*a*a*a*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (pattern_matches(cases[i].pattern, cases[i].answer) != cases[i].match)
            fail_msg("\"%s\" and \"%s\"", cases[i].pattern, cases[i].answer);
}

static void numbers_match_within_tolerance_and_unit(void **state)
{
    (void)state;
    static const struct {
        double value, tolerance;
        const char *unit, *answer;
        bool match;
    } cases[] = {
        {7, 0.5, "MiB", "7", true},
        {7, 0.5, "MiB", "7.5 MiB", true},
        {7, 0.5, "MiB", "7.6", false},
        {7, 0.5, "MiB", "7168 KiB", true},
        {7, 0.5, "MiB", "7 s", false},
        {7, 0.5, "MiB", "7 bananas", false},
        {10, 0, "s", "10000ms", true},
        {1.5, 0, "h", "90 min", true},
        {1024, 0, NULL, "1,024", true},
        {7.5, 0, NULL, "7,5", true},
        {8, 0, NULL, "8 MiB", false},
        {8, 0, NULL, "0x8", false},
        {0.3, 0, NULL, "0.30000000000000004", true},
        {8, 0, NULL, "eight", false},
        {8, 0, NULL, "", false},
        {8, 100, NULL, "inf", false},
        {8, 100, NULL, "nan", false},
        {-1, 0, NULL, "-1", true},
        {65, 0, "%", "65%", true},
        {1e6, 0, NULL, "1,000,000", true},
        {3, 0, "cores", "3 Cores", true},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (number_matches(cases[i].value, cases[i].tolerance, cases[i].unit, cases[i].answer) != cases[i].match)
            fail_msg("%g and \"%s\"", cases[i].value, cases[i].answer);
}

static void commands_match_by_meaning(void **state)
{
    (void)state;
    static const struct {
        const char *key, *answer;
        bool match;
    } cases[] = {
        {"docker run -d --name web nginx", "docker run --name=web --detach nginx", true},
        {"docker run -d --name web nginx", "sudo docker  container run --name 'web' -d nginx", true},
        {"docker run -d --name web nginx", "docker run -d --name other nginx", false},
        {"docker run -d --name web nginx", "docker run --name web nginx", false},
        {"docker run -d --name web nginx", "docker run nginx -d --name web", false}, /* those would go to nginx */
        {"docker run -d --name web nginx", "docker run -d --name web nginx sh", false},
        {"docker run -it --rm alpine sh", "docker run --rm -ti alpine sh", true},
        {"docker run -it --rm alpine sh", "docker run -i -t --rm=true alpine sh", true},
        {"docker run -it --rm alpine sh", "docker run -i -t --rm=false alpine sh", false},
        {"docker run -p 8080:80 -p 443:443 web", "docker run --publish 443:443/tcp -p8080:80 web", true},
        {"docker run -p 8080:80 web", "docker run -p 80:8080 web", false},
        {"docker run -p 8080:80 web", "docker run -P 8080:80 web", false},
        {"docker run -m 1g web", "docker run --memory=1024m web", true},
        {"docker run -m 1g web", "docker run --memory=1000m web", false},
        {"docker run --mount type=volume,src=a,dst=/b web", "docker run --mount target=/b,source=a web", true},
        {"docker run --cap-drop ALL web", "docker run --cap-drop=all web", true},
        {"docker ps -a", "docker container ls --all", true},
        {"docker ps -aq", "docker ps -q -a", true},
        {"docker ps -a", "docker ps", false},
        {"docker rm -f web", "docker rm web --force", true},
        {"docker logs -f --tail 5 web", "docker logs web --tail=5 -f", true},
        {"docker exec -it web sh -c 'echo a b'", "docker exec -ti web sh -c \"echo a b\"", true},
        {"docker exec -it web sh -c 'echo a b'", "docker exec -ti web sh -c echo a b", false},
        {"docker images", "docker image ls", true},
        {"docker -H tcp://a:1 ps", "docker --host=tcp://a:1 ps", true},
        {"docker service create --replicas 3 --name w nginx", "docker service create --name w --replicas=3 nginx", true},
        {"docker service update --image nginx:2 w", "docker service update w --image nginx:2", true},
        {"docker swarm init --advertise-addr 10.0.0.1", "docker swarm init --advertise-addr=10.0.0.1", true},
        {"docker ps -q | wc -l", "docker ps --quiet|wc -l", true},
        {"docker ps -q | wc -l", "docker ps --quiet && wc -l", false},
        {"ip -n red link", "ip -n red link", true},
        {"frob --new=3 a", "frob a --new 3", true},
        {"docker ps", "docker ps 'open", false},
        {"docker ps", "", false},
        {"docker ps", "docker", false},
        {"docker run -e A=1 -e B=2 x", "docker run -e B=2 --env A=1 x", true},
        {"docker run -e A=1 x", "docker run -e", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (command_matches(cases[i].key, cases[i].answer) != cases[i].match)
            fail_msg("\"%s\" and \"%s\"", cases[i].key, cases[i].answer);
        if (command_matches(cases[i].answer, cases[i].key) != cases[i].match)
            fail_msg("the other way round: \"%s\" and \"%s\"", cases[i].key, cases[i].answer);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_answers_match_patterns),
        cmocka_unit_test(numbers_match_within_tolerance_and_unit),
        cmocka_unit_test(commands_match_by_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
