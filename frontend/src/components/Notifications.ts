// A file of its own, because all of the package would come with what notices are put up by.
export { Notifications } from "@mantine/notifications";
