"""The path of the bench that cargo has built, from its messages on standard input."""

import json
import sys

for line in sys.stdin:
    message = json.loads(line)
    if message.get("target", {}).get("name") == "peers" and message.get("executable"):
        print(message["executable"])
