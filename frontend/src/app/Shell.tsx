import {
  ActionIcon,
  AppShell,
  Badge,
  Burger,
  Button,
  Group,
  NavLink,
  Text,
  useMantineColorScheme,
  VisuallyHidden,
} from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconLogout, IconMoonStars, IconSettings } from "@tabler/icons-react";
import { Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, Outlet, useLocation } from "react-router";
import { LoadingState } from "@/components/states";
import { Boundary } from "@/components/states/Boundary";
import { useUnreadMessages } from "@/features/messages/data/useUnreadMessages";
import { entriesFor } from "./navigation";
import classes from "./Shell.module.css";
import { useSession, useSignOut } from "./session";

function Unread({ count }: { count: number }) {
  const { t } = useTranslation("messages");
  if (count === 0) return null;
  return (
    <Badge size="sm" circle={count < 10}>
      <span aria-hidden>{count}</span>
      <VisuallyHidden>{t("list.unreadCount", { count })}</VisuallyHidden>
    </Badge>
  );
}

/** What stands around each page of somebody who is signed in. */
export function Shell() {
  const { t } = useTranslation();
  const session = useSession();
  const [opened, menu] = useDisclosure();
  const { pathname } = useLocation();
  const signOut = useSignOut();
  const { toggleColorScheme } = useMantineColorScheme();
  const unread = useUnreadMessages();
  // biome-ignore lint/correctness/useExhaustiveDependencies: the menu closes when the page changes
  useEffect(menu.close, [pathname]);

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 232, breakpoint: "sm", collapsed: { mobile: !opened } }}
      padding="md"
    >
      <a className={classes.skip} href="#content">
        {t("skip")}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={opened}
              onClick={menu.toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={t("menu")}
              aria-expanded={opened}
              aria-controls="navigation"
            />
            <Text fw={700} truncate>
              {session.me.account.name}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Button
              component={Link}
              to="/account"
              variant="subtle"
              color="gray"
              size="compact-sm"
              visibleFrom="sm"
            >
              {session.me.user.name || session.me.user.email}
            </Button>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t("colours")}
              onClick={toggleColorScheme}
            >
              <IconMoonStars size={18} aria-hidden />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={t("signOut")}
              onClick={() => void signOut()}
            >
              <IconLogout size={18} aria-hidden />
            </ActionIcon>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar id="navigation" aria-label={t("menu")}>
        <div className={classes.menu}>
          {entriesFor(session).map(({ to, label, icon: Icon }) => (
            <NavLink
              key={to}
              component={Link}
              to={to}
              label={t(`nav.${label}`)}
              leftSection={<Icon size={18} aria-hidden />}
              rightSection={label === "messages" && <Unread count={unread.messages} />}
              active={to === "/" ? pathname === "/" : pathname.startsWith(to)}
              aria-current={pathname === to ? "page" : undefined}
            />
          ))}
          <NavLink
            component={Link}
            to="/account"
            label={t("account")}
            leftSection={<IconSettings size={18} aria-hidden />}
            active={pathname === "/account"}
          />
          {session.me.staff && (
            <NavLink
              href="/admin/"
              label={t("staffPages")}
              leftSection={<IconSettings size={18} aria-hidden />}
            />
          )}
        </div>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Boundary place={pathname}>
          <Suspense fallback={<LoadingState />}>
            <Outlet />
          </Suspense>
        </Boundary>
      </AppShell.Main>
    </AppShell>
  );
}
