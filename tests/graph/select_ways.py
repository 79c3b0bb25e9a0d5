# SPDX-License-Identifier: Apache-2.0
"""From what the explorer saw of the roles to a set of tests: every row of every table, then every
two rows that follow each other, by the shortest way; none twice, none the beginning of another."""
import re

from table import Names, Table


class Protocol:
    def __init__(self, root, name):
        self.name = name
        self.hooks, self.fields, self.roles, self.types = set(), [], [], {}
        with open(f'{root}/spec/{name}/{name}.bind', encoding='utf-8') as lines:
            for line in lines:
                words = line.split()
                if words[:1] == ['hook']:
                    self.hooks.add(words[1])
                elif words[:1] == ['field']:
                    self.fields.append(words[1])
                    self.types[words[1]] = words[2]
                elif words[:1] == ['role']:
                    self.roles.append(words[1])
        self.tables = {r: Table(f'{root}/gen/tables/{name}_{r}.tsv', self.hooks)
                       for r in self.roles}
        self.inputs = {r: inputs(f'{root}/gen/machines/{name}_{r}.h') for r in self.roles}


def inputs(path):
    """Input's name: (kind, links); a timer has no link."""
    found = {}
    with open(path, encoding='utf-8') as text:
        for name, comment in re.findall(r'_IN_(\w+) = \d+,?\s*/\* (.*?) \*/', text.read()):
            if name.startswith('EXPIRE_'):
                found[name] = (name.removeprefix('EXPIRE_').lower(), [])
            else:
                kind = re.sub(r'_(FROM|ON)_\w+$', '', name)
                found[name] = (kind, re.findall(r'\w+', comment))
    return found


class Step:
    """A step as its role sees it; text is what a test says."""

    def __init__(self, protocol, cells):
        self.role, _, self.key, before, put, answers, actions, after = cells
        self.before, self.names = row(before)
        self.after, self.variables = row(after)
        words = put.split()
        self.link, self.kind, self.put = words[0], words[1], pairs(words[2:])
        self.answers = [(a.split()[0], number(a.split()[1])) for a in answers.split(';') if a]
        self.actions = [a.split() for a in actions.split(';') if a]
        self.table = protocol.tables[self.role]
        self.input = self.input_name(protocol)
        self.row = self.find_row()
        self.text = '\n'.join(self.lines(protocol))
        self.asked = '\n'.join(self.question())

    def input_name(self, protocol):
        for name, (kind, links) in protocol.inputs[self.role].items():
            if kind == self.kind and (self.link in links or (self.link == '-' and not links)):
                return name
        raise SystemExit(f'make: {self.role} has no input {self.kind} from {self.link}')

    def find_row(self):
        names = Names({k: v for k, v in self.names.items()})
        for field, found in self.put.items():
            names['in_' + field if field != 'peer' else 'peer'] = found
        names['peer'] = self.put.get('peer', 1) - 1
        names['OWN_KEY'] = int(self.key)
        if self.link == '-':
            names[self.kind] = 0
        done = []
        for words in self.actions:
            done.append(tuple(words[:3]) if words[0] in ('send', 'send_each', 'forward')
                        else tuple(words[:2]))
        found = self.table.row_of(self.before, self.input, names, self.answers, done, self.after,
                                  self.variables)
        if len(found) != 1:
            raise SystemExit(f'make: {len(found)} rows of {self.role} fit: {self.before} '
                             f'{self.kind} {self.put} {self.answers} {self.actions} '
                             f'{self.after} {self.variables}: {[r.number for r in found]}')
        return found[0]

    def question(self):
        """The input and the answers, without what follows."""
        yield '  ' + input_line(self.link, self.kind, self.put)
        for hook, found in self.answers:
            yield f'  hook {hook} {found}'

    def lines(self, protocol):
        several = {a[1:3] for a in self.row.actions if len(a) == 4 and a[3]}
        yield from self.question()
        for words in self.actions:
            if words[0] in ('send', 'send_each', 'forward'):
                rest = [w for w in words[3:] if not w.startswith('peer=')]
                peer = [w for w in words[3:] if w.startswith('peer=')] \
                    if (words[1], words[2]) in several else []
                yield '  -> ' + ' '.join([words[0], words[1], words[2]] + rest + peer)
            else:
                yield '  -> ' + ' '.join(words)
        yield '  state ' + ' '.join([self.after] + [f'{k}={v}' for k, v in self.variables.items()])


def input_line(link, kind, fields):
    words = [f'{k}={v}' for k, v in fields.items()]
    if link == '-':
        return ' '.join(['expire', kind])
    return ' '.join(['input', link, kind] + words)


def number(text):
    return int(text) if text.isdigit() else text


def pairs(words):
    return {w.split('=')[0]: number(w.split('=')[1]) for w in words}


def row(text):
    words = text.split()
    return words[0].removeprefix('end_'), pairs(words[1:])


class Views:
    """All that was seen of one role, in all bounds."""

    def __init__(self):
        self.ways = {}  # tuple of texts: list of steps
        self.steps = {}  # text with what stood before: Step

    def add(self, steps):
        key = (steps[0].key,) + tuple(s.text for s in steps)
        self.ways.setdefault(key, steps)
        for step in steps:
            self.steps.setdefault((step.before, tuple(step.names.items()), step.text), step)


def read(protocol, path, views, seen):
    """One file of the explorer; seen: steps by their line, for all files of the protocol."""
    steps, parent = {}, {}
    with open(path, encoding='utf-8') as lines:
        text = lines.read().split('\n')
    if text[0] != 'juki cover 1' or not text[-2].startswith('end\tcomplete'):
        raise SystemExit(f'make: {path} is not whole')
    for line in text:
        words = line.split('\t')
        if words[0] == 'step':
            key = '\t'.join(words[2:])
            if key not in seen:
                seen[key] = Step(protocol, words[2:])
            steps[words[1]] = seen[key]
        elif words[0] == 'way':
            parent[words[1]] = (words[2], steps[words[3]])
    for way in parent:
        chain = []
        while way != '0':
            way, step = parent[way]
            chain.append(step)
        chain.reverse()
        views[chain[0].role].add(chain)


def choose(views):
    """The shortest way to each row, to each pair of rows, to each step that looks different."""
    ways = sorted(views.ways.values(), key=lambda w: (len(w), [s.text for s in w]))
    rows, two, values, chosen = {}, {}, set(), []
    for way in ways:
        last = way[-1]
        pair = (way[-2].row.number if len(way) > 1 else 0, last.row.number)
        one = (last.row.number, last.text[:last.text.index('\n  state ')])
        fresh = pair not in two or one not in values
        if fresh:
            rows.setdefault(last.row.number, way)
            two.setdefault(pair, way)
            values.add(one)
            chosen.append(way)
    keys = {(w[0].key,) + tuple(s.text for s in w) for w in chosen}
    beginnings = {k[:i] for k in keys for i in range(2, len(k))}
    kept = [w for w in chosen if (w[0].key,) + tuple(s.text for s in w) not in beginnings]
    return kept, rows, two


def refusals(protocol, role, views):
    """For each state that was reached: what it must refuse, after the shortest way there."""
    table = protocol.tables[role]
    way_to = {table.states[0]: []}
    for way in sorted(views.ways.values(), key=lambda w: (len(w), [s.text for s in w])):
        way_to.setdefault(way[-1].after, way)
    found = []
    taken = set()
    for state, way in way_to.items():
        names = Names(way[-1].variables if way else {})
        lines = []
        for put, (kind, links) in protocol.inputs[role].items():
            for r in table.by.get((state, put), []):
                if not r.refused:
                    continue
                fields = {}
                if r.word == 'impossible':
                    fields = breaking(protocol, table, r, names, put, views)
                    if fields is None:
                        continue
                elif r.word == 'not armed' and names[kind]:
                    continue
                for link in links or ['-']:
                    lines.append('  refuse ' + input_line(link, kind, fields).split(' ', 1)[1]
                                 if links else f'  refuse - {kind}')
                taken.add(r.number)
        if lines:
            found.append((way, lines))
    # what only other ways of the same state can show
    for way in sorted(views.ways.values(), key=lambda w: (len(w), [s.text for s in w])):
        names = Names(way[-1].variables)
        for put, (kind, links) in protocol.inputs[role].items():
            for r in table.by.get((way[-1].after, put), []):
                if r.word != 'impossible' or r.number in taken:
                    continue
                fields = breaking(protocol, table, r, names, put, views)
                if fields is not None:
                    taken.add(r.number)
                    text = input_line(links[0], kind, fields).split(' ', 1)[1]
                    found.append((way, ['  refuse ' + text]))
    return found, taken


def breaking(protocol, table, r, names, put, views):
    """Fields with which an input contradicts the row: a step's, one of them another number."""
    for step in views.steps.values():
        if step.input != put:
            continue
        for field in protocol.fields:
            for other in (step.put.get(field), 0, 1, 2, 3, 9):
                fields = dict(step.put)
                if other is None or isinstance(step.put.get(field, 0), str):
                    continue
                fields[field] = other
                full = Names(names)
                full.update({'in_' + k: v for k, v in fields.items()})
                full['peer'] = fields.get('peer', 1) - 1
                if table.impossible(r, full):
                    return {k: v for k, v in fields.items() if v != 0}
    return None


def some_values(views, protocol, put):
    """What the fields of this input may be: what was seen, and each number another one."""
    found = {}
    for step in views.steps.values():
        if step.input != put:
            continue
        for field in [None] + protocol.fields:
            for other in (0, 1, 2, 3, 4) if field else (0,):
                fields = dict(step.put)
                if field and not isinstance(fields.get(field, 0), str):
                    fields[field] = other
                fields = {k: v for k, v in fields.items() if v != 0}
                found.setdefault(tuple(fields.items()), (step.link, step.kind, fields))
    return list(found.values())


def some_answers(views, hooks):
    """Every list of answers to these hooks that are asked in turn."""
    lists = [[]]
    for hook in hooks:
        seen = {a for s in views.steps.values() for h, a in s.answers if h == hook}
        if seen and all(isinstance(a, int) for a in seen):
            seen |= {1, 2, 3}
        lists = [one + [(hook, a)] for one in lists for a in sorted(seen, key=str)]
    return lists


def made_up(protocol, role, views, rows, play):
    """For each row that no bounds take: a way to its state, and an input made up that takes it.
    play: what the machine does, as lines; the row's own conditions must fit what it does."""
    table = protocol.tables[role]
    found, again = [], True
    ways = {}
    for way in sorted(views.ways.values(), key=lambda w: (len(w), [s.text for s in w])):
        ways.setdefault((way[-1].after, tuple(way[-1].variables.items())), way)
    ways.setdefault((table.states[0], ()), [])
    while again:
        again = False
        for r in [x for x in table.rows if not x.refused and x.number not in rows]:
            way = one_made_up(protocol, role, views, table, r, ways, play)
            if way is not None:
                rows[r.number] = way
                found.append(way)
                ways.setdefault((way[-1].after, tuple(way[-1].variables.items())), way)
                again = True
    return found


BASES = 100  # rows from which an input is tried


def one_made_up(protocol, role, views, table, r, ways, play):
    answers = some_answers(views, r.hooks)
    values = some_values(views, protocol, r.input)
    tries = 0
    if not values:
        kind, links = protocol.inputs[role][r.input]
        values = [(links[0] if links else '-', kind, {})]
    here = [(v, way) for (state, v), way in ways.items() if state == r.state]
    for variables, way in here[:BASES]:
        for link, kind, fields in values:
            for given in answers:
                names = Names(variables)
                names.update({'in_' + k: v for k, v in fields.items()})
                names['peer'] = fields.get('peer', 1) - 1
                key = way[0].key if way else '1'
                names['OWN_KEY'] = int(key)
                if link == '-' and not names[kind]:
                    continue
                if link == '-':
                    names[kind] = 0
                if not table.may_fit(r, names, given):
                    continue
                tries += 1
                if tries > 40:
                    return None
                step = play(protocol, role, way, key, (link, kind, fields, given))
                if step is not None and step.row is r:
                    return way + [step]
    return None
