import { Button, Stack } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { useSession } from "@/app/session";
import { PageHead } from "@/components/PageHead";
import { ForbiddenState } from "@/components/states";
import { ImportFile } from "./import/ImportFile";
import { RunningImports } from "./import/RunningImports";
import { JobView } from "./jobs/JobView";

/** Import patients from a file. The job stands in the address, so that it is found again. */
export default function ImportPage() {
  const { t } = useTranslation("patients");
  const { can } = useSession();
  const [query, setQuery] = useSearchParams();
  const job = query.get("job");
  return (
    <>
      <PageHead title={t("import.pageTitle")}>
        <Button component={Link} to="/patients" variant="default">
          {t("import.back")}
        </Button>
      </PageHead>
      {!can("patients.add") && <ForbiddenState />}
      {can("patients.add") && job && (
        <Stack align="flex-start">
          <JobView key={job} id={job} />
          <Button variant="default" onClick={() => setQuery({})}>
            {t("import.another")}
          </Button>
        </Stack>
      )}
      {can("patients.add") && !job && (
        <Stack>
          <RunningImports />
          <ImportFile onJob={(begun) => setQuery({ job: begun })} />
        </Stack>
      )}
    </>
  );
}
