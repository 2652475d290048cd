/* The seven traits, in the order of WikiHow's steps: traits/registry.py, compiled. */
#ifndef RELHEALTH_REGISTRY_H
#define RELHEALTH_REGISTRY_H

#include "communication.h"
#include "forgiveness.h"
#include "mistakes.h"
#include "own_happiness.h"
#include "realism.h"
#include "support.h"
#include "time.h"

#endif
