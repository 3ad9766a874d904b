from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.permissions import membership_of_request
from accounts.errors import NotPermittedError, ProblemError
from medical_records.api.record_serializers import Icd10CodeSerializer
from medical_records.values.icd10 import search_icd10

LONGEST = 200  # characters
SEARCH = OpenApiParameter(
    "search",
    {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": r"\S"},
    required=True,
    description="a code or its beginning, or words of the description",
)


class Icd10View(APIView):
    @extend_schema(
        operation_id="icd10_search",
        parameters=[SEARCH],
        responses=Icd10CodeSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """ICD-10-CM codes, the best matches first; at most 20."""
        if not membership_of_request(request).may("records.view"):
            raise NotPermittedError
        text = request.query_params.get("search", "").strip()
        if not text or len(text) > LONGEST:
            raise ProblemError(
                f"Say what to look for, in at most {LONGEST} characters.", field="search"
            )
        return Response(Icd10CodeSerializer(search_icd10(text), many=True).data)
