# SPDX-License-Identifier: Apache-2.0
"""Reads what llvm-cov exports of gen/machines: branches and conditions (MC/DC) that are not taken must be those
that a list explains, and the other way round.  A branch is told by its function's file, its text and the side."""
import csv
import json
import sys


def text_of(lines, region):
    line, column, end, last = region[:4]
    if line == end:
        return lines[line - 1][column - 1:last - 1]
    return lines[line - 1][column - 1:].strip()


def state_of(lines, line):
    """The function around a line, without its role's name."""
    while line > 0 and not (lines[line - 1] and lines[line - 1][0].isalpha() and '(' in lines[line - 1]):
        line -= 1
    return lines[line - 1].split('(')[0].split()[-1] if line > 0 else '?'


def read(path):
    with open(path, encoding='utf-8') as lines:
        rows = csv.reader((x for x in lines if not x.startswith('#')), delimiter='\t',
                          quoting=csv.QUOTE_NONE)
        return {tuple(r[:4]): r[4] for r in rows if r}


def main():
    data, root, listed = sys.argv[1:4]
    with open(data, encoding='utf-8') as text:
        files = json.load(text)['data'][0]['files']
    missing, totals = {}, [0, 0, 0, 0]
    print('machine\tbranches\ttaken\tconditions\tshown')
    for file in files:
        name = file['filename'].split('/')[-1]
        if '/gen/machines/' not in file['filename']:
            continue
        with open(file['filename'], encoding='utf-8') as text:
            lines = text.read().split('\n')
        count = [0, 0, 0, 0]
        seen = {}
        for b in file['branches']:
            seen.setdefault(tuple(b[:4]), [0, 0])
            seen[tuple(b[:4])][0] += b[4]
            seen[tuple(b[:4])][1] += b[5]
        for region, hits in seen.items():
            word = text_of(lines, region)
            for side, hit in (('true', hits[0]), ('false', hits[1])):
                if word.startswith('case ') and side == 'false':
                    continue  # another case of the same switch
                count[0] += 1
                count[1] += hit > 0
                if not hit:
                    missing[(name, state_of(lines, region[0]), word, side)] = region[0]
        records = {}
        for r in file['mcdc_records']:
            found = records.setdefault(tuple(r[:4]), [False] * len(r[-1]))
            records[tuple(r[:4])] = [a or b for a, b in zip(found, r[-1])]
        for region, shown in records.items():
            for i, one in enumerate(shown):
                count[2] += 1
                count[3] += one
                if not one:
                    key = (name, state_of(lines, region[0]), text_of(lines, region),
                           f'condition {i + 1}')
                    missing[key] = region[0]
        totals = [a + b for a, b in zip(totals, count)]
        print('\t'.join([name] + [str(n) for n in count]))
    print('\t'.join(['all'] + [str(n) for n in totals]))
    explained = read(listed)
    wrong = [(f'{k[0]}:{line}', 'not taken and not explained') + k[1:]
             for k, line in missing.items() if k not in explained]
    wrong += [(k[0], 'explained, but taken') + k[1:] for k in explained if k not in missing]
    for row in wrong:
        print('\t'.join(row))
    print(f'{len(missing)} not taken, {len(explained)} explained')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
