import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { Modal } from "@/components/Modal";
import { PatientSearch } from "./PatientSearch";

type Props = { opened: boolean; onClose: () => void };

/** Choose the patient to whom one wants to write. */
export function NewMessageDialog({ opened, onClose }: Props) {
  const { t } = useTranslation("messages");
  const { t: common } = useTranslation();
  const navigate = useNavigate();
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t("patient.pick")}
      closeButtonProps={{ "aria-label": common("close") }}
    >
      <PatientSearch
        label={t("patient.search")}
        onChoose={(one) => {
          onClose();
          void navigate(`/messages?patient=${one.id}`);
        }}
      />
    </Modal>
  );
}
