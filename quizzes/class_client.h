/* The client's side of slipway-classd, the school's one writer: one JSON request, one JSON reply.
 *
 * The program is started when nobody answers on its socket and ends by itself when nobody needs it. What a reply acknowledges
 * is on the disk. Every request is a JSON object with "op"; every reply holds "ok":true and the fields named here.
 *
 *   bank.import   {"path"}                 -> {"bank","title","questions","unchanged":bool}
 *   bank.list     {}                       -> {"banks":[{"bank","title","domain","version","questions","pass","topics":[...]}]}
 *   bank.items    {"bank","from":1}        -> {"items":[{"position","id","type":"single|multiple","level","topic","objective",
 *                     "stem","options":[{"id":"a","text"}]}],"next":position|null}: all questions, in the bank file's order
 *   item.key      {"bank","id"}            -> {"key":["a"],"explanations":{"a":"..."}}, in the bank file's order; also
 *                 "lesson" (slug) and "man" ("7 namespaces") where the question names them, "patterns", "rubric" and "proof"
 *                 EBUSY while any attempt of the asking person runs.
 *   practice.draw {"questions":["bank/id"],"topic","count","types":["single"]} -> {"items":[as bank.items, and "bank"]}: at most
 *                 `count` of those questions and of the topic's, drawn; those that are not there are left out, and those of other
 *                 types when "types" is given
 *   practice.answer {"bank","id","answer":["b"],"about":"lesson"} -> {"right","key":["a"],"explanations":{"a":"..."},"due","wait"};
 *                 stored. "due": when the question is to be asked again, in "wait" seconds.
 *                 EBUSY while any attempt of the asking person runs.
 *   learn.due     {"domain":"" for all,"count":20,"new":10} -> {"items":[as practice.draw, and "due":time|null when it is new],
 *                     "due":N,"domains":[{"domain","due","new","seen","next":time|null,"wait"}]}: what is due, nearest to being
 *                     forgotten first, then at most "new" that were never asked; "next": when the first of the domain is or was due
 *   exam.start    {"mode":"exam","bank","count","seconds","domc","resume"}: mode exam, count 10, seconds 900, resume true when not
 *                 given; "domc":true shows single and multiple choice one option at a time.
 *                 {"mode":"mock","count","seconds","pass"}: domains in the weights of the Docker Certified Associate, 55 questions
 *                 in 90 minutes, 42 of 55 one option at a time; "domains" says how many of each there are.
 *                 "engine":"20.10" in these, in practice.draw and in learn.due: questions whose range of versions it is in; the
 *                 course's when not given, all with "any". The replies say it. A quiz and an assignment have their own.
 *                 {"quiz","password"}: a quiz as its instructor set it.
 *                 -> {"attempt","bank","title","pass","count","seconds","grace","deadline_ms_left","over_ms_left","resumed",
 *                     "navigation":"free|forward","items":[{"slot","id","bank","type","level","topic","stem",
 *                     "options":[{"id":"a","text"}],"answer":["b"],"seq","flagged"}],"next":slot|null};
 *                 "from":slot asks for the rest, as below. "over_ms_left": until limit and grace are over.
 *                 By type: matching has "counterparts":[{"id","text"}] and "answer":["b",""], one for each option; ordering
 *                 "answer":["c","a","b"]; short, numeric, command and essay a text; task "lab". With "domc":true the options
 *                 are those that were judged ("said":bool) and the next one, and "over":true when there is no next.
 *                 One attempt runs for each person and bank. With resume false a running one is an error (EBUSY). ETIME
 *                 outside a quiz's window, EACCES for a wrong password, EDQUOT when its attempts are used up.
 *   exam.answer   {"attempt","slot","answer":["b"],"seq"} -> {"seq","deadline_ms_left"}
 *                 The greatest seq of a slot counts; start from the item's "seq" plus 1 and add 1 for each change. Sending one
 *                 again is harmless; the same seq with another answer is EEXIST (reply field "seq": the greatest stored). An
 *                 empty answer takes back. With "by":"source" the answer holds letters in the bank file's order, or texts.
 *                 {"attempt","slot","option":"a","yes":bool} -> {"seq","over","option":{"id","text"}|null,"deadline_ms_left"}:
 *                 one option at a time. Judging one again as before is harmless, otherwise EEXIST; EALREADY when it is over.
 *                 EPERM for a question that was left or is not reached where navigation is forward.
 *   exam.go       {"attempt","slot"}       -> {"items":[one],"deadline_ms_left"}: on to the next question, without a way back
 *   exam.flag     {"attempt","slot","flagged"} -> {}
 *   exam.finish   {"attempt"}              -> as exam.result
 *   exam.result   {"attempt","from":1}     -> {"attempt","bank","title","started","ended","reason":"finished|expired","seconds",
 *                     "used_seconds","score","max","percent","pass","passed","receipt","topics":[{"topic","right","total"}],
 *                     "items":[{...as above, "right","points","pending","key":["a"],"explanations":{"a":"..."},
 *                               "patterns":[{"text","key":bool,"explanation","met":bool}],"rubric",
 *                               "graded":{"points","most","settled":bool,"marks":[{"points","most","comment","settles":bool,
 *                               "criteria":[{"what","points","most"}]}]},
 *                               "proof":{"script","options":bool},"lesson":slug,"man":"7 namespaces"}],"next":slot|null}
 *                 Only after the end (EBUSY before). "next" is where to go on when not all items fit into one message. "lesson"
 *                 and "man" come with the explanations. What a quiz's review options do not open is left out. While another
 *                 attempt of the same person runs nothing is told that could help in it, and "held" says so.
 *   quiz.set      {"quiz","settings"}      -> {}; settings: "draw":[{"bank","domain","topic","objective","level","count"}],
 *                 "title","seconds","grace","opens","closes" (milliseconds since 1970),"attempts",
 *                 "grading":"highest|average|first|last","pass","domc" (percent),"keep_questions","keep_options",
 *                 "navigation":"free|forward","password","seed" (the same draw for everybody),
 *                 "engine" (a version, as "20.10", or "any"; the course's when not given),
 *                 "review":{"after|later|closed":["right","points","key","explanations"]},
 *                 "overrides":{"login":{"seconds","grace","opens","closes","attempts","password"}}
 *   quiz.remove   {"quiz"}                 -> {}
 *   quiz.list     {}                       -> {"quizzes":[{"quiz","title","seconds","grace","navigation","attempts",
 *                     "attempts_most","opens","closes","password":bool,"grade":percent|null,
 *                     "own":[settings that are the asking person's own]}]}
 *   exam.statistics {"bank","attempts":"first|all","from":0} -> {"test":{"attempts","questions","mean","median","deviation",
 *                     "skewness","kurtosis","consistency","error_ratio","standard_error"},"items":[{"id","type","topic",
 *                     "objective","count","facility","facility_range":[2],"deviation","guess","intended","effective",
 *                     "discrimination","discrimination_range":[2],"efficiency","against",
 *                     "options":[{"id","text","key","count","shown","mean"}],"warnings":[words]}],"next":from|null}
 *                 "bank" may be "mock:dca" or "quiz:NAME": all questions of such exams, each with its "bank". null is what cannot
 *                 be computed (classd/statistics.h). Of a class for instructors only; EBUSY while any attempt of the asking person
 *                 runs.
 *   exam.mastery  {"bank","attempts","from":0} -> {"objectives":[{"objective","topic","answers","points"}],"students":[{"person",
 *                     "user","name","objectives":[as above]}],"next":from|null}: of the class, and of each; for whom, as above
 *   exam.list     {}                       -> {"attempts":[{"attempt","bank","title","started","state":"running|finished|expired",
 *                     "ended","score","max","percent","passed","deadline_ms_left"}]}, newest first
 *   exam.open     {}                       -> {"attempt":ID|null,"bank","title","count","answered","deadline_ms_left"}
 *   progress.set  {"kind":"lesson|lab","id","step","steps","done","begin"} -> {}: what is done stays done
 *   progress.touch {"kind","id","begin"}   -> {}: the learner is at it. Time counts from one sign of life to the next, at most ten
 *                 minutes of it, and not before one with "begin":true.
 *   progress.get  {}                       -> {"progress":[{"kind","id","step","steps","done","at","seconds","hints","solved",
 *                     "first":time|null,"finished":time|null}], last one first,
 *                     "exams":{"attempts","best":percent|null,"last":{as in exam.list}|null}}
 *   standing      {}                       -> {"domains":[{"domain","questions","pass","seen","right","trend":[percent..],
 *                     "due"}],"due":N,
 *                     "topics":[{"domain","topic","seen","right"}],"wrong":N,"active":[n..]}: of each question the last answer, in
 *                     ended exams and in practice; "trend": exams, oldest first; "topics": the weakest first; "wrong": questions
 *                     whose last answer was; "active": half-hours since the epoch in which there was anything, newest first
 *   progress.export {"from":0}             -> {"person":{"uid","name"},"progress":[...],"exams","lab_steps":[...],"cards":[...],
 *                     "attempts":[...],"events":[...],"next":from|null}: all that is kept of the one who asks; with "from" above 0
 *                     events only
 *   progress.erase {}                      -> {"erased":rows}: EBUSY while an exam runs. Events and ended attempts belong to nobody
 *                 from then on.
 *   lab.seed      {"lab"}                  -> {"seed":64 digits}: HMAC of learner and lab under the school's secret
 *   lab.go        {"lab","machine","steps","minutes","keep":[steps]} -> {"started","left_ms":n|null,
 *                     "steps":{"10-x":{"done","solved","hints"}}}: begins a new go when the machine is not that of the last one;
 *                     "keep" are the steps that are done in it already. "minutes" is the limit of a timed lab, else 0.
 *   lab.step      {"lab","machine","step","steps","solved"} -> as lab.go; ESTALE for a machine that is not the last go's, ETIME
 *                 after the limit
 *   lab.hint      {"lab","machine","step","hint":number} -> as lab.go
 *   audit         {}                       -> {"events","head","intact":bool,"problem"}: recomputes the chain of stored events
 *
 * In a class (database with a row in `class`; roles.c says which role may ask what; EACCES otherwise):
 *   exam.start    {"assignment"}           -> as above, by the terms of the assignment; EAGAIN before it opens, ETIME after it
 *                 closes, EDQUOT when all attempts are used. Before the results are out exam.finish and exam.result give "receipt"
 *                 and "withheld" (when they will be) instead of marks, keys and explanations.
 *   bank.import   {"text","file","keep"}   -> as above: an instructor's own file; "keep": for exams alone
 *   audit         {"receipt"}              -> also {"receipt":{"event","at","attempt","kind"}|null}
 *   class.info    {} / class.roster {} / class.enrol {"members":[{"uid","role","name","extra"}]} / class.remove {"uid"}
 *   class.assign  {"kind":"lesson|lab|quiz","ref","title","opens","due","closes","review","weight","category","late","count",
 *                 "seconds","attempts","grading":"highest|average|first|last","graders","blind","tolerance","trust"}
 *                 -> {"assignment"}; times in milliseconds UTC. "ref" of a quiz is one of quiz.set, or a bank; what is not given
 *                 is as the quiz has it, and from then on the assignment says when, how often and how long it is sat, and how its
 *                 attempts count. In a class a student sits a quiz as an assignment only; {"quiz"} in exam.start finds it.
 *                 "trust": steps of lessons and labs count as they are reported, without class.confirm.
 *   class.reassign {"assignment", what changes of the above but "kind" and "ref"}
 *   class.unassign {"assignment"} / class.extend {"assignment","uid","due","attempts","reason"}
 *   class.assignments {}                   -> {"assignments":[{"assignment","kind","ref","title","opens","due","closes","review",
 *                     "weight","category","late","count","seconds","attempts","grading","graders","blind","tolerance",
 *                     "trust","had","more","extended":bool,"source":"bank|quiz"; and of a quiz "password":bool,"navigation",
 *                     "grace","own_seconds"}],"extra":percent}
 *   class.confirm {"assignment","uid","percent","comment"} -> {"percent"}: what a student reports of a lesson or lab counts, or as
 *                 much of it as is said
 *   class.export  {"uid","from":0}         -> as progress.export of that student, with "graded", what graders gave and wrote, and
 *                 their row of class.gradebook
 *   class.erase   {"uid","reason"}         -> {"person"}: who that student was is gone; events, attempts and marks stay, nobody's
 *   class.category {"category","weight","drops"} / class.marks {}: one's own row of
 *   class.gradebook {}                     -> {"assignments":[as above],"students":[{"uid","user","name","marks":[percent|null],
 *                     "pending":[answers that wait for a person],"reported":[bool: shown, not counted],"course"}]}
 *   class.board {} / class.message {"text","uid"} / class.inbox {"seen","sent":bool}: with "sent" one's own as well
 *   class.peek    {"uid","end":false}      -> {"state":"away|elsewhere|waits|on","where":lab,"screen":as below|null}: begins or
 *                 renews a look at a student's terminal, which is over 8 seconds after the last of these, or with "end"
 *   class.screen  {"where":lab|"","told":[uids],"screen":{"columns","rows","cursor":[y,x]|null,
 *                     "lines":[[[text,foreground,background,look]]]}} -> {"watchers":[{"uid","name"}]}: who looks at the one who
 *                     asks; the screen is given to those alone who are "told", that is, named on it
 *   class.queue   {"disputed":false}       -> {"queue":[{"attempt","slot","question","stem","answer","assignment","title","given",
 *                     "graders","student":name|null when blind,"criteria":[{"what","points"}],"most":n|null}]}: free text that
 *                     waits for a mark of the one who asks, of which "given" of "graders" are there; with "disputed" what graders
 *                     marked more than the assignment's "tolerance" (percent) apart, and
 *                     "marks":[{"points","most","comment","criteria":[n],"by"}], for instructors
 *   class.grade   {"attempt","slot","criteria":[n],"points","most","comment"} -> {"points","most"}: one number for each criterion
 *                 of the rubric, or "points" of "most" where there is none or a single one. EALREADY when it has its graders.
 *   class.settle  as class.grade, with a comment -> the mark that counts alone from then on
 *   class.regrade {"bank","reason"}        -> {"changes":[{"attempt","before","after","kept"}]}: every ended attempt with
 *                 questions of it, by the keys of the newest revision
 *
 * "started", "ended" and "at" are RFC 3339. Keys and explanations leave the program only in exam.result, exam.finish,
 * item.key and practice.answer.
 */
#ifndef SLIPWAY_QUIZZES_CLASS_CLIENT_H
#define SLIPWAY_QUIZZES_CLASS_CLIENT_H

#include "base/error.h"

#include <jansson.h>

enum { CLASS_MESSAGE_MAX = 256 << 10 };

/* Ask; starts slipway-classd when needed and waits at most 3 seconds for it, 10 for the answer. `request` stays the caller's.
 * 0: *reply is the caller's (json_decref). Otherwise -code with the reason, and *reply is the refusal when slipway-classd sent
 * one, else NULL. `reply` may be NULL. Thread-safe: each call has a connection of its own. */
int class_call(json_t *request, json_t **reply, struct error *err);

/* 0 when what class_call asks is the class of this machine; -ENOENT and why when it is a learner's own school, which it would
 * start. */
int class_here(struct error *err);

/* Import every bank that ships with Slipway (content_dir("quizzes")/<name>.md) and is not there yet. Cheap when there is nothing
 * to do; call it before listing banks or starting an exam. */
int class_import_shipped(struct error *err);

/* Where slipway-classd listens ($SLIPWAY_CLASS_SOCKET, /run for root, $XDG_RUNTIME_DIR, /tmp) and keeps its data
 * ($SLIPWAY_CLASS_DB, /var/lib/slipway/class.db for root, ~/.local/share/slipway/class.db); allocated. */
char *class_socket_path(void);
char *class_db_path(void);

#endif
