<?php // How often this client has been here.
session_start();
$_SESSION['count'] = ($_SESSION['count'] ?? 0) + 1;
header('Content-Type: text/plain');
echo $_SESSION['count'];
