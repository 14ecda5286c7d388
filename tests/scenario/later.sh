#!/bin/bash
umask 077
