"""Records a purchase and asks what the customer is worth, with stubs generated from the contract.

    python3 -m venv .venv && . .venv/bin/activate
    pip install grpcio==1.85.1 grpcio-tools==1.85.1
    mkdir -p stubs
    python -m grpc_tools.protoc -I proto -I third_party/googleapis \
        --python_out=stubs --grpc_python_out=stubs \
        proto/customervalue/v1/*.proto third_party/googleapis/google/type/*.proto
    PYTHONPATH=stubs python clients/python/first_call.py 127.0.0.1:50051
"""

import sys

import grpc
from customervalue.v1 import ledger_service_pb2 as ledger
from customervalue.v1 import ledger_service_pb2_grpc, scoring_service_pb2_grpc
from customervalue.v1 import scoring_service_pb2 as scoring
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.money_pb2 import Money

TENANT = (("x-tenant-id", "python-example"),)


def main(address: str) -> None:
    with grpc.insecure_channel(address) as channel:
        purchase = ledger.Transaction(
            transaction_id="order-1",
            customer_id="customer-1",
            occurred_at=Timestamp(seconds=1_760_000_000),
            amount=Money(currency_code="EUR", units=29, nanos=330_000_000),
            kind=ledger.PURCHASE_KIND_NEW,
        )
        recorded = ledger_service_pb2_grpc.LedgerServiceStub(channel).RecordTransactions(
            ledger.RecordTransactionsRequest(transactions=[purchase]), metadata=TENANT, timeout=5
        )
        print(ledger.RecordOutcome.Name(recorded.results[0].outcome))
        answer = scoring_service_pb2_grpc.ScoringServiceStub(channel).ScoreCustomer(
            scoring.ScoreCustomerRequest(customer_id="customer-1"), metadata=TENANT, timeout=5
        )
        print(answer.score)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:50051")
