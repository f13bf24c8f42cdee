# SPDX-License-Identifier: Apache-2.0
"""Each of these contents of a scenario must be refused by both schemas; the first, which is right, by neither."""
import subprocess
import sys

CONTENTS = [
    '<recv response="200"/>',
    '<recv respnse="200"/>',
    '<receive response="200"/>',
    '<recv response="200" optional="maybe"/>',
    '<recv response="200" timeout="5 s"/>',
    '<recv response="200" rrs="yes"/>',
    '<recv response="200" test="$a"/>',
    '<recv response="200"><log message="x"/></recv>',
    '<recv response="200"><action/><action/></recv>',
    '<recv response="200">text</recv>',
    '<nop><action><log/></action></nop>',
    '<nop><action><nop/></action></nop>',
    '<nop><action><assign assign_to="a" value="one"/></action></nop>',
    '<label/>',
    '<label id="1">text</label>',
    '<scenario/>',
    '<log message="x"/>',
]


def valid(option, schema, content):
    run = subprocess.run(["xmllint", "--noout", option, schema, "-"], input=f"<scenario>{content}</scenario>", text=True, capture_output=True)
    assert run.returncode in (0, 3), run.stderr  # 3: not valid
    return run.returncode == 0


for option, schema in (("--schema", sys.argv[1]), ("--relaxng", sys.argv[2])):
    taken = [content for content in CONTENTS if valid(option, schema, content)]
    assert taken == CONTENTS[:1], (schema, taken)
